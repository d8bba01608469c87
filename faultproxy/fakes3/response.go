package fakes3

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
)

// response is a ResponseWriter that records whether the response has begun.
type response struct {
	http.ResponseWriter
	id      string
	started bool
}

func (w *response) WriteHeader(status int) {
	w.started = w.started || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bodyReader records whether a handler has begun to read. At the first read net/http sends 100 to a
// client that waits for it.
type bodyReader struct {
	io.ReadCloser
	begun bool
}

func (b *bodyReader) Read(p []byte) (int, error) {
	b.begun = true
	return b.ReadCloser.Read(p)
}

// hostID stands for S3's extended request id.
func (w *response) hostID() string {
	return base64.StdEncoding.EncodeToString([]byte("s3chaos/" + w.id))
}

// expectsContinue reports whether the client waits for 100 Continue.
func expectsContinue(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
}
