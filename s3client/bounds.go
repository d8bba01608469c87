package s3client

import (
	"io"
	"net/http"
)

// This file bounds the responses that the SDK reads into memory, whatever a server sends.

const (
	// maxErrorBody is how many bytes of an error response the client reads. The rest is cut off:
	// the status tells enough.
	maxErrorBody = 1 << 20
	// maxDocument is the largest XML document that the client accepts in a successful response, in
	// bytes. A page of 1000 keys of 1024 bytes, each byte escaped, takes less than 4 MiB.
	maxDocument = 8 << 20
)

// bounded returns the body of resp with its bound. The content of an object has none: it goes to
// the disk.
func bounded(operation string, resp *http.Response) io.ReadCloser {
	switch {
	case resp.StatusCode >= 300:
		return &boundedBody{body: resp.Body, left: maxErrorBody}
	case operation == "GetObject":
		return resp.Body
	}
	return &boundedBody{body: resp.Body, left: maxDocument, document: operation}
}

// boundedBody ends after left bytes.
type boundedBody struct {
	body     io.ReadCloser
	left     int64
	document string // the operation whose document must not be longer; "": the rest is cut off
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		// One more byte tells whether the body ends just here.
		if n, err := io.ReadFull(b.body, make([]byte, 1)); n == 0 {
			return 0, err
		}
		if b.document == "" {
			return 0, io.EOF
		}
		return 0, integrity("response of more than %d bytes to %s", maxDocument, b.document)
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }
