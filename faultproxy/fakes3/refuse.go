package fakes3

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"

	"github.com/johannesboyne/gofakes3"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

func noSuchBucket(bucket string) *s3err.Error {
	return s3err.New(s3err.NoSuchBucket).With("BucketName", bucket)
}

func noSuchKey(key string) *s3err.Error { return s3err.New(s3err.NoSuchKey).With("Key", key) }

// refuse sends an error. It first reads the body to its end: a client that still writes may not
// read a response that comes earlier. A client that waits for 100 Continue gets the error at once.
func (s *Server) refuse(w *response, r *http.Request, body *bodyReader, err error) {
	if body.begun || r.Header.Get("Expect") == "" {
		// An error of the body does not matter: the request is refused already.
		_, _ = io.Copy(io.Discard, body.ReadCloser)
	}
	e := s3Error(err)
	if s.options.HideSigned && e.Code == s3err.SignatureDoesNotMatch {
		e = s3err.New(e.Code)
	}
	status := e.Code.Status()
	header := w.Header()
	maps.Copy(header, e.Header)
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	document := e.Document(r.URL.Path, w.id, w.hostID())
	if document != nil {
		header.Set("Content-Type", "application/xml")
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(document)))
	w.WriteHeader(status)
	_, _ = w.Write(document) // the client may be gone
}

// s3Error returns the S3 error in the chain of err. An error of the storage has an S3 code of its
// own; every other error is an internal one.
func s3Error(err error) *s3err.Error {
	if e := s3err.As(err); e != nil {
		return e
	}
	var stored gofakes3.Error
	if errors.As(err, &stored) {
		if c := s3err.Code(stored.ErrorCode()); c.Status() != 0 {
			return s3err.New(c)
		}
	}
	return s3err.New(s3err.InternalError).With("Reason", err.Error())
}
