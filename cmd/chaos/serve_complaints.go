package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	complaintPause = 10 * time.Second // before another line of a kind
	complaintKinds = 64               // kinds told apart at a time: clients could make any number of them
	complaintWidth = 400              // of a line, in bytes
)

// complaints is a slog.Handler that writes what goes wrong to standard error: the first of a kind at once, of the others
// their number now and then, so that ten thousand failing requests fill no screen.
type complaints struct {
	w     io.Writer
	mu    sync.Mutex
	kinds map[string]*complaint
}

// complaint is a kind that was told of within the last pause.
type complaint struct {
	text  string // of the latest
	more  int    // since the last line
	timer *time.Timer
}

func newComplaints(w io.Writer) *complaints {
	return &complaints{w: w, kinds: map[string]*complaint{}}
}

// Enabled is for what somebody should know.
func (c *complaints) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

// WithAttrs and WithGroup are not used by the proxy.
func (c *complaints) WithAttrs([]slog.Attr) slog.Handler { return c }

// WithGroup is as WithAttrs.
func (c *complaints) WithGroup(string) slog.Handler { return c }

// Handle never fails.
func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	var details []string
	var err error
	r.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Any().(type) {
		case error:
			err = v
		case nil:
		default:
			details = append(details, a.Key+" "+a.Value.String())
		}
		return true
	})
	text := r.Message
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	if err != nil {
		text += ": " + err.Error()
	}
	c.tell(r.Message+cause(err), visible(shorten(text)), remedy(err))
	return nil
}

// cause is an error without what differs each time: the addresses of a connection.
func cause(err error) string {
	if err == nil {
		return ""
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return ": " + op.Op + ": " + op.Err.Error()
	}
	return ": " + err.Error()
}

// remedy is what may help, on a line of its own, or "".
func remedy(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "\n  hint: --upstream-ca FILE names an authority to trust"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "\n  hint: the upstream does not speak TLS there: try --upstream http://…"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "\n  hint: nothing listens there: is the upstream running?"
	}
	return ""
}

func shorten(text string) string {
	if len(text) > complaintWidth {
		return strings.ToValidUTF8(text[:complaintWidth], "") + "…"
	}
	return text
}

func (c *complaints) tell(kind, text, hint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kinds) >= complaintKinds && c.kinds[kind] == nil {
		kind = "" // all others are one
	}
	if k := c.kinds[kind]; k != nil {
		k.text = text
		k.more++
		return
	}
	say(c.w, "warning: %s%s\n", text, hint)
	k := &complaint{}
	k.timer = time.AfterFunc(complaintPause, func() { c.again(kind, k) })
	c.kinds[kind] = k
}

// again tells how many there were since the last line, and forgets a kind of which there were none.
func (c *complaints) again(kind string, k *complaint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds[kind] != k {
		return // flushed meanwhile
	}
	if k.more == 0 {
		delete(c.kinds, kind)
		return
	}
	c.sum(k)
	k.timer.Reset(complaintPause)
}

func (c *complaints) sum(k *complaint) {
	if k.more > 0 {
		say(c.w, "warning: %d more, the last: %s\n", k.more, k.text)
		k.more = 0
	}
}

// flush tells what was not told yet, and ends all timers.
func (c *complaints) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for kind, k := range c.kinds {
		k.timer.Stop()
		c.sum(k)
		delete(c.kinds, kind)
	}
}

// shared is a writer that several goroutines may use.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
