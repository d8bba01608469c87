package faultproxy

import (
	"errors"
	"time"
)

// okWithError answers 200 with an error document. S3 does this when a copy or the completion of an
// upload fails after S3 has sent the head.
type okWithError struct {
	Code       string        `yaml:"code"`       // default InternalError
	Message    string        `yaml:"message"`    // empty: the code's usual message
	Whitespace time.Duration `yaml:"whitespace"` // how long the client gets white space first; zero: not at all
}

// OKWithError answers status 200 with an S3 error document. S3 does this when
// CompleteMultipartUpload, CopyObject or UploadPartCopy fails after S3 has sent the head. An empty
// code means InternalError.
func OKWithError(code string) Fault { return &okWithError{Code: code} }

// OKWithLateError answers as [OKWithError] does, but sends white space for the time d between the
// head and the document, one character every 10 s. A HEAD request gets its response at once,
// because it has no body.
func OKWithLateError(code string, d time.Duration) Fault {
	return &okWithError{Code: code, Whitespace: d}
}

func (f *okWithError) Kind() string   { return "ok_with_error" }
func (f *okWithError) String() string { return printFault(f) }
func (f *okWithError) part(r *Rule)   { r.Fault = f }
func (f *okWithError) traits() traits { return traits{order: insteadOfUpstream} }
func (f *okWithError) Validate() error {
	return errors.Join(errorCode("ok_with_error.code", f.Code), xmlText("ok_with_error.message", f.Message),
		notNegative("ok_with_error.whitespace", f.Whitespace))
}

func (f *okWithError) act(x *exchange) {
	if !x.endRequest(false) {
		return
	}
	a := answer{code: f.Code, message: f.Message}
	if a.code == "" {
		a.code = "InternalError"
	}
	a = a.usual()
	a.status = 200
	if f.Whitespace == 0 || x.req.Method == "HEAD" {
		x.answerError(a)
		return
	}
	content, contentType := x.document(a)
	x.out.code = a.code
	x.sendAfterWhitespace(x.answerHead(serverS3, 200, contentType, nil, inChunks), content, f.Whitespace)
}
