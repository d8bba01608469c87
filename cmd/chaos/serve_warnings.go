package main

// What serve prints on standard error when the proxy cannot do its work.

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
	warningPause    = 10 * time.Second // between two lines of the same kind
	maxWarningKinds = 64               // clients can cause any number of kinds
	maxWarningBytes = 400              // of a line
)

// warningLog is a slog.Handler that prints the first warning of a kind at once, and afterwards only
// how many followed, once in warningPause. Ten thousand failing requests are a few lines.
type warningLog struct {
	w     io.Writer
	mu    sync.Mutex
	kinds map[string]*warningKind
}

// warningKind counts the repeats of a warning since its last line.
type warningKind struct {
	text    string // of the latest repeat
	repeats int
	timer   *time.Timer
}

func newWarningLog(w io.Writer) *warningLog {
	return &warningLog{w: w, kinds: map[string]*warningKind{}}
}

// Enabled is true from level Warn on: the proxy logs at lower levels what is in the journal anyway.
func (l *warningLog) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

// WithAttrs ignores the attributes: the proxy uses none.
func (l *warningLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup ignores the group: the proxy uses none.
func (l *warningLog) WithGroup(string) slog.Handler { return l }

// Handle prints or counts the record. The error is always nil.
func (l *warningLog) Handle(_ context.Context, r slog.Record) error {
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
	l.warn(r.Message+cause(err), visible(shorten(text)), remedy(err))
	return nil
}

// cause returns the text of an error without the addresses of its connection, because they differ
// each time and would make each error a kind of its own.
func cause(err error) string {
	if err == nil {
		return ""
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return ": " + op.Op + ": " + op.Err.Error()
	}
	return ": " + err.Error()
}

// remedy returns a hint line for errors with a known remedy, and "" for others.
func remedy(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "\n  hint: --upstream-ca FILE names an authority to trust"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "\n  hint: the upstream does not speak TLS on this port: try --upstream http://…"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "\n  hint: nothing listens there: is the upstream running?"
	}
	return ""
}

func shorten(text string) string {
	if len(text) > maxWarningBytes {
		return strings.ToValidUTF8(text[:maxWarningBytes], "") + "…"
	}
	return text
}

// warn prints the first warning of a kind, and counts the others.
func (l *warningLog) warn(kind, text, hint string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kinds) >= maxWarningKinds && l.kinds[kind] == nil {
		kind = "" // all further kinds share one
	}
	if k := l.kinds[kind]; k != nil {
		k.text = text
		k.repeats++
		return
	}
	say(l.w, "warning: %s%s\n", text, hint)
	k := &warningKind{}
	k.timer = time.AfterFunc(warningPause, func() { l.pauseOver(kind, k) })
	l.kinds[kind] = k
}

// pauseOver prints how often a warning was repeated during the pause, and forgets it without
// repeats.
func (l *warningLog) pauseOver(kind string, k *warningKind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kinds[kind] != k {
		return // flush was faster
	}
	if k.repeats == 0 {
		delete(l.kinds, kind)
		return
	}
	l.printRepeats(k)
	k.timer.Reset(warningPause)
}

func (l *warningLog) printRepeats(k *warningKind) {
	if k.repeats > 0 {
		say(l.w, "warning: %d more, the last: %s\n", k.repeats, k.text)
		k.repeats = 0
	}
}

// flush prints the repeats that are not printed yet, and stops all timers.
func (l *warningLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind, k := range l.kinds {
		k.timer.Stop()
		l.printRepeats(k)
		delete(l.kinds, kind)
	}
}

// lockedWriter is a writer that several goroutines may use.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *lockedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
