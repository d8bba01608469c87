// Package s3err holds the errors of S3: [New] and [Errorf] make one of a [Code], and
// [Error.Document] writes it as the body of a response.
package s3err

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// Error is an S3 error response.
type Error struct {
	Code    Code
	Message string
	Header  http.Header // further headers of the response; nil: none
	NoBody  bool        // the response has no body
	fields  []field
}

// field is a further element of an error's body.
type field struct{ name, value string }

// New returns the error of a code with the code's usual message.
func New(c Code) *Error { return &Error{Code: c, Message: meanings[c].message} }

// Errorf returns the error of a code with a message of its own.
func Errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// Argument returns InvalidArgument for an argument of a request and its value.
func Argument(name, value, format string, args ...any) *Error {
	return Errorf(InvalidArgument, format, args...).With("ArgumentName", name).With("ArgumentValue", value)
}

// MissingFormField returns the error of a browser form without a field that it needs.
func MissingFormField(name string) *Error {
	return Argument(name, "", "Bucket POST must contain a field named '%s'.  If it is specified, please check the "+
		"order of the fields.", name)
}

// As returns the S3 error in the chain of err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Error returns the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// With adds an element to the body.
func (e *Error) With(name, value string) *Error {
	e.fields = append(e.fields, field{name, value})
	return e
}

// WithHeader adds a header to the response.
func (e *Error) WithHeader(name, value string) *Error {
	if e.Header == nil {
		e.Header = http.Header{}
	}
	e.Header.Set(name, value)
	return e
}

// Document writes the body of the response to a request for resource, or returns nil if the
// response has none. The ids are those of the response's headers.
func (e *Error) Document(resource, requestID, hostID string) []byte {
	if e.NoBody {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<Error>")
	element := func(name, value string) {
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a bytes.Buffer takes everything
		b.WriteString("</" + name + ">")
	}
	element("Code", string(e.Code))
	element("Message", e.Message)
	for _, f := range e.fields {
		element(f.name, f.value)
	}
	element("Resource", resource)
	element("RequestId", requestID)
	element("HostId", hostID)
	b.WriteString("</Error>")
	return b.Bytes()
}
