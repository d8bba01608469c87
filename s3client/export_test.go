package s3client

import (
	"io"
	"net/http"
	"os"
)

// OwnTransport is what a client without an HTTPClient sends with.
func OwnTransport() *http.Transport { return httpClient(nil).Transport.(*http.Transport) }

// CommitAs finishes a download that was collected in file.
func CommitAs(file *os.File, destination string, lazy bool) error {
	t := &tempFile{File: file, destination: destination, lazy: lazy}
	return t.commit()
}

// BufferSizes reads r in parts, as an upload does, and returns how much memory each part holds.
// Where recycle is set, a part is done before the next begins.
func BufferSizes(r io.Reader, part int64, recycle bool) ([]int, error) {
	source := newChunks(r, part, 1)
	var sizes []int
	for !source.done() {
		p, err := source.next()
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, cap(p.buffer))
		if recycle {
			source.recycle(p)
		}
	}
	return sizes, nil
}

// MostParts is how many parts an upload of the client may have.
func MostParts(c *Client) int { return c.mostParts }

// WithMostParts returns a client whose uploads may have n parts.
func WithMostParts(c *Client, n int) *Client {
	other := *c
	other.mostParts = n
	return &other
}
