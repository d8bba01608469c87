// Package form reads the forms that browsers upload objects with: [Read] reads the fields and the
// file, and [ParsePolicy] the policy that says which fields and which file are allowed.
//
// The rules are those of the S3 API reference, "Browser-Based Uploads Using POST".
package form

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// maxFields bounds the bytes of names and values before the file.
const maxFields = 20 << 10

// Form is an upload form.
type Form struct {
	// Fields are the fields before the file, by lower-case name. Two values of x-amz-meta- are
	// joined with a comma; of other fields the last value counts.
	Fields map[string]string
	File   []byte
}

// Is reports whether the body of a request is a form.
func Is(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// Read reads a form up to the end of the request. It ignores what follows the file. The file may
// have at most limit bytes. The error is an [s3err.Error].
func Read(r *http.Request, limit int64) (*Form, error) {
	if !Is(r) {
		return nil, s3err.New(s3err.PreconditionFailed).
			With("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
	}
	if r.ContentLength < 0 {
		return nil, s3err.New(s3err.MissingContentLength)
	}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return nil, s3err.New(s3err.MalformedPOSTRequest)
	}
	f := &Form{Fields: map[string]string{}}
	parts := multipart.NewReader(r.Body, parameters["boundary"])
	if err := f.read(parts, limit); err != nil {
		return nil, err
	}
	if f.Fields["key"] == "" {
		return nil, s3err.MissingFormField("key")
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, s3err.New(s3err.IncompleteBody)
	}
	return f, nil
}

// read takes the parts up to the file.
func (f *Form) read(parts *multipart.Reader, limit int64) error {
	room := int64(maxFields)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return s3err.Argument("file", "0", "POST requires exactly one file upload per request.")
		}
		if err != nil || part.FormName() == "" {
			return s3err.New(s3err.MalformedPOSTRequest)
		}
		name := strings.ToLower(part.FormName())
		if name == "file" {
			f.name(part.FileName())
			return f.readFile(part, limit)
		}
		text, err := io.ReadAll(io.LimitReader(part, room+1))
		if err != nil {
			return s3err.New(s3err.MalformedPOSTRequest)
		}
		if room -= int64(len(name) + len(text)); room < 0 {
			return s3err.New(s3err.MaxPostPreDataLengthExceededError).
				With("MaxPostPreDataLengthBytes", strconv.Itoa(maxFields))
		}
		f.add(name, string(text))
	}
}

func (f *Form) readFile(part io.Reader, limit int64) error {
	var err error
	f.File, err = io.ReadAll(io.LimitReader(part, limit+1))
	switch {
	case err != nil:
		return s3err.New(s3err.MalformedPOSTRequest)
	case int64(len(f.File)) > limit:
		return framing.TooLarge(int64(len(f.File)), limit)
	}
	return nil
}

func (f *Form) add(name, text string) {
	if before, ok := f.Fields[name]; ok && strings.HasPrefix(name, "x-amz-meta-") {
		text = before + "," + text
	}
	f.Fields[name] = text
}

// name puts the name of the user's file where the fields ask for it.
func (f *Form) name(file string) {
	for name, text := range f.Fields {
		f.Fields[name] = strings.ReplaceAll(text, "${filename}", file)
	}
}
