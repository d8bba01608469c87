package retryhttp

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// A failed response is read into memory, which sets its connection free for the next attempt. Both
// limits keep a server from holding up the retry: a longer or slower body keeps its connection
// until it is closed.
const (
	drainBytes = 64 << 10
	drainTime  = time.Second
)

// drained is the body of a failed response, of which a goroutine reads the start.
type drained struct {
	body  io.ReadCloser
	done  chan struct{} // closed when start and err are set
	start bytes.Buffer
	err   error // why start is all; nil: the rest is in body
}

// drain reads body until one of the limits, or the end of ctx, and returns a body with the same
// bytes.
func drain(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	if body == http.NoBody {
		return body
	}
	d := &drained{body: body, done: make(chan struct{})}
	go d.fill()
	timer := time.NewTimer(drainTime)
	defer timer.Stop()
	select {
	case <-d.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return d
}

func (d *drained) fill() {
	defer close(d.done)
	if _, d.err = io.CopyN(&d.start, d.body, drainBytes); d.err != nil {
		_ = d.body.Close() // all of it is read, or lost
	}
}

// Read waits for the goroutine, then reads what it has read and the rest.
func (d *drained) Read(p []byte) (int, error) {
	<-d.done
	switch {
	case d.start.Len() > 0:
		return d.start.Read(p)
	case d.err != nil:
		return 0, d.err
	}
	return d.body.Read(p)
}

// Close closes the body, which ends a Read that the server holds up.
func (d *drained) Close() error {
	return d.body.Close()
}
