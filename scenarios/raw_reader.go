package scenarios

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A rawResult is what a raw step has seen of its connection.
type rawResult struct {
	methods  []string // of the requests that it sent
	received []byte
	ended    script.RawEnding
}

// responses returns how many status lines the connection has received, those of interim responses
// included.
func (r *rawResult) responses() int { return countResponses(r.received, r.methods) }

// A rawReader reads from a connection until it ends, or until no byte has come for a time after the
// last byte was sent.
type rawReader struct {
	conn     net.Conn
	idle     time.Duration
	received []byte
	ended    script.RawEnding

	mu     sync.Mutex
	all    bool // all bytes are sent
	leaves bool // the step itself ends the connection
}

// sent tells the reader that all bytes are sent: from now on it waits no longer than idle.
func (r *rawReader) sent() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = true
	r.extend()
}

// leave tells the reader that the step ends the connection.
func (r *rawReader) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaves = true
}

// extend lets the reader wait for another byte.
func (r *rawReader) extend() {
	if r.all {
		_ = r.conn.SetReadDeadline(time.Now().Add(r.idle)) // a connection that has ended tells the next read
	}
}

func (r *rawReader) run() {
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.conn.Read(buffer)
		r.received = append(r.received, buffer[:n]...)
		r.mu.Lock()
		if err == nil {
			r.extend()
			r.mu.Unlock()
			continue
		}
		leaves := r.leaves
		r.mu.Unlock()
		switch {
		case leaves || errors.Is(err, os.ErrDeadlineExceeded):
			r.ended = script.RawLeft
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			r.ended = script.RawClosed
		default:
			r.ended = script.RawWasReset
		}
		return
	}
}
