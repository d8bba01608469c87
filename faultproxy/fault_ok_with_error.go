package faultproxy

import (
	"errors"
)

// okWithError answers 200 with an error document. S3 does this when a copy or the completion of an
// upload fails after S3 has sent the head.
type okWithError struct {
	Code    string `yaml:"code"`    // default InternalError
	Message string `yaml:"message"` // empty: the code's usual message
}

// OKWithError answers status 200 with an S3 error document. S3 does this when
// CompleteMultipartUpload, CopyObject or UploadPartCopy fails after S3 has sent the head. An empty
// code means InternalError.
func OKWithError(code string) Fault { return &okWithError{Code: code} }

func (f *okWithError) Kind() string   { return "ok_with_error" }
func (f *okWithError) String() string { return printFault(f) }
func (f *okWithError) part(r *Rule)   { r.Fault = f }
func (f *okWithError) traits() traits { return traits{order: insteadOfUpstream} }
func (f *okWithError) Validate() error {
	return errors.Join(errorCode("ok_with_error.code", f.Code), xmlText("ok_with_error.message", f.Message))
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
	x.answerError(a)
}
