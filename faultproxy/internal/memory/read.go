package memory

import (
	"context"
	"fmt"
	"iter"
	"net"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// objectReader reads objects from the upstream, unsigned, over a connection of its own.
type objectReader struct {
	m    *Memory
	ctx  context.Context
	host string
	nc   net.Conn // nil: none
	in   *wire.Reader
	stop func() bool // ends the closing of nc with ctx
}

// read reads one object of at most limit bytes. The version is nil if the error is not.
func (l *objectReader) read(path string, limit int) (*Version, error) {
	reused := l.nc != nil
	answered, v, err := l.ask(path, limit)
	if !answered && reused {
		_, v, err = l.ask(path, limit) // the connection had died in the meantime
	}
	return v, err
}

func (l *objectReader) ask(path string, limit int) (answered bool, v *Version, err error) {
	if l.nc == nil {
		if err := l.dial(); err != nil {
			return false, nil, err
		}
	}
	lasts := false
	defer func() {
		if !lasts {
			l.close()
		}
	}()
	if _, err := l.nc.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: " + l.host + "\r\n\r\n")); err != nil {
		return false, nil, err
	}
	n, err := l.in.AwaitHead()
	if err != nil {
		return false, nil, err
	}
	raw := string(l.in.Buffered()[:n])
	head, err := wire.ParseResponse([]byte(raw))
	if err != nil {
		return true, nil, err
	}
	l.in.Advance(n)
	shown := head.Status == 200 || head.Status == 404
	if !shown {
		limit = wire.MaxHead
	}
	content, err := ReadAll(l.in, head.Framing("GET"), limit)
	lasts = err == nil && head.Persistent()
	switch {
	case !shown:
		return true, nil, fmt.Errorf(
			"the unsigned read got status %d, and the object has not passed through the proxy", head.Status)
	case err != nil:
		return true, nil, err
	}
	v = newVersion(head.Status, raw[head.Lines:n-2])
	if head.Status == 200 {
		v.Body = content
	}
	return true, v, nil
}

func (l *objectReader) dial() error {
	nc, err := l.m.cfg.Dial(l.ctx)
	if err != nil {
		return err
	}
	l.nc, l.in = nc, wire.NewReader(nc)
	l.stop = context.AfterFunc(l.ctx, func() { _ = nc.Close() })
	return nil
}

func (l *objectReader) close() {
	if l.nc != nil {
		l.stop()
		_ = l.nc.Close()
		l.in.Release()
		l.nc = nil
	}
}

// newVersion is a response without its body.
func newVersion(status int, lines string) *Version {
	v := &Version{Status: status, Headers: map[string]string{}}
	for name, value := range headerLines(lines) {
		switch {
		case strings.EqualFold(name, "Content-Type"):
			v.ContentType = value
		case wire.IsFramingHeader(name) || strings.EqualFold(name, "Date") || strings.EqualFold(name, "Server") ||
			strings.EqualFold(name, "x-amz-request-id"):
		case strings.EqualFold(name, "ETag"):
			v.Headers["ETag"] = value
		default:
			v.Headers[name] = value
		}
	}
	return v
}

// ReadAll reads the content of a body to its end. It is an error if there are more than limit
// bytes.
func ReadAll(in *wire.Reader, f wire.Framing, limit int) ([]byte, error) {
	var b wire.Body
	b.Reset(in, f)
	var content []byte
	for {
		piece, payload, err := b.Next()
		if err != nil {
			return content, wire.IgnoreEOF(err)
		}
		if payload {
			if len(content)+len(piece) > limit {
				return nil, fmt.Errorf("more than %d bytes", limit)
			}
			content = append(content, piece...)
		}
	}
}

// headerLines are the names and values of header lines. A line without a name is left out.
func headerLines(block string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for line := range strings.Lines(block) {
			name, value, ok := strings.Cut(line, ":")
			if ok && name != "" && !yield(name, strings.Trim(value, " \t\r\n")) {
				return
			}
		}
	}
}
