package faultproxy

import (
	"context"
	"fmt"
	"net"
)

// looker asks the upstream for objects, unsigned, over a connection of its own.
type looker struct {
	p    *Proxy
	ctx  context.Context
	host string
	nc   net.Conn // nil: none
	in   *reader
	stop func() bool // ends the closing of nc with ctx
}

// look asks for one object, of at most limit bytes.
func (l *looker) look(path string, limit int) (*version, error) {
	reused := l.nc != nil
	answered, v, err := l.ask(path, limit)
	if !answered && reused {
		_, v, err = l.ask(path, limit) // the connection had died in the meantime
	}
	return v, err
}

func (l *looker) ask(path string, limit int) (answered bool, v *version, err error) {
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
	n, err := l.in.head()
	if err != nil {
		return false, nil, err
	}
	raw := string(l.in.buffered()[:n])
	head, err := parseResponse([]byte(raw))
	if err != nil {
		return true, nil, err
	}
	l.in.advance(n)
	shown := head.status == 200 || head.status == 404
	if !shown {
		limit = maxHead
	}
	content, err := readAll(l.in, head.framing("GET"), limit)
	lasts = err == nil && head.persistent()
	switch {
	case !shown:
		return true, nil, fmt.Errorf("an unsigned read is answered %d, and the object did not pass before", head.status)
	case err != nil:
		return true, nil, err
	}
	v = newVersion(head.status, raw[head.lines:n-2])
	if head.status == 200 {
		v.body = content
	}
	return true, v, nil
}

func (l *looker) dial() error {
	nc, err := l.p.dialUpstream(l.ctx)
	if err != nil {
		return err
	}
	l.nc, l.in = nc, newReader(nc)
	l.stop = context.AfterFunc(l.ctx, func() { _ = nc.Close() })
	return nil
}

func (l *looker) close() {
	if l.nc != nil {
		l.stop()
		_ = l.nc.Close()
		l.in.release()
		l.nc = nil
	}
}

// newVersion is an answer without its body.
func newVersion(status int, lines string) *version {
	v := &version{status: status, headers: map[string]string{}}
	headers(lines).each(func(name, value string) bool {
		switch {
		case equalFold(name, "Content-Type"):
			v.contentType = value
		case framingHeader(name) || equalFold(name, "Date") || equalFold(name, "Server") || equalFold(name, "x-amz-request-id"):
		case equalFold(name, "ETag"):
			v.headers["ETag"] = value
		default:
			v.headers[name] = value
		}
		return true
	})
	return v
}

// readAll reads a body's content to its end, at most limit bytes of it.
func readAll(in *reader, f framing, limit int) ([]byte, error) {
	var b body
	b.reset(in, f)
	var content []byte
	for {
		piece, payload, err := b.next()
		if err != nil {
			return content, ignoreEOF(err)
		}
		if payload {
			if len(content)+len(piece) > limit {
				return nil, fmt.Errorf("more than %v", Size(limit))
			}
			content = append(content, piece...)
		}
	}
}
