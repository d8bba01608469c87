package scripted

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Listener keeps what an engine tells its observer, its log and its callback: one line for each
// thing told. It is safe for concurrent use.
type Listener struct {
	want *script.CallExpect

	mu      sync.Mutex
	log     bytes.Buffer
	events  []string
	retries []string
	changes []string
}

// Listen returns a listener for what a step expects.
func Listen(want *script.CallExpect) *Listener { return &Listener{want: want} }

// Observer returns the observer that the expectation needs; nil if it needs none.
func (l *Listener) Observer() retry.Observer {
	var log, events retry.Observer
	if l.want.Logs() {
		log = retry.NewLogObserver(slog.New(TextHandler((*writer)(l))))
	}
	if l.want.Observes() {
		events = retry.ObserverFunc(l.observe)
	}
	switch {
	case log != nil && events != nil:
		return retry.Observers(log, nil, events)
	case log != nil:
		return retry.Observers(nil, log)
	}
	return events
}

// OnRetry returns the callback that the expectation needs; nil if it needs none.
func (l *Listener) OnRetry() func(context.Context, retry.Attempt) {
	if l.want == nil || l.want.Retries == nil {
		return nil
	}
	return func(_ context.Context, a retry.Attempt) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.retries = append(l.retries, AttemptLine(a))
	}
}

// OnChange returns the callback of a breaker that the expectation needs; nil if it needs none.
func (l *Listener) OnChange() script.OnChange {
	if !l.want.HearsChanges() {
		return nil
	}
	return func(key string, from, to retry.BreakerState) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changes = append(l.changes, fmt.Sprintf("%s: %v to %v", key, from, to))
	}
}

// writer writes to the log of a listener.
type writer Listener

func (w *writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

var kinds = map[retry.EventKind]string{
	retry.EventAttempt: "attempt", retry.EventResult: "result", retry.EventWait: "wait", retry.EventDone: "done",
}

// observe keeps an event: "wait 1 transient 1s in 2s: text".
func (l *Listener) observe(_ context.Context, e retry.Event) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %v", kinds[e.Kind], e.Attempt, e.Class)
	switch e.Kind {
	case retry.EventWait:
		fmt.Fprintf(&b, " %v", e.Delay)
	case retry.EventDone:
		fmt.Fprintf(&b, " waited %v", e.Waited)
	}
	fmt.Fprintf(&b, " at %v", e.Elapsed())
	if e.Name+e.Key != "" {
		fmt.Fprintf(&b, " of %s[%s]", e.Name, e.Key)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, b.String())
}

// Log returns the lines of the log, Events those of the observer and Retries those of the callback.
func (l *Listener) Log() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.log.String(), "\n"), "\n")[:bytes.Count(l.log.Bytes(), []byte("\n"))]
}

// Events returns a line for each event.
func (l *Listener) Events() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

// Retries returns a line for each attempt that the callback got.
func (l *Listener) Retries() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.retries)
}

// AttemptLine prints an attempt of a history: "1 transient at 0s for 2s, then 1s: text".
func AttemptLine(a retry.Attempt) string {
	return fmt.Sprintf("%d %v at %v for %v, then %v: %v", a.Number, a.Class, a.Start, a.Duration, a.Wait, a.Err)
}

// Changes returns a line for each change of a circuit: "demo: closed to open".
func (l *Listener) Changes() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.changes)
}

// Values prints a map of keys: one line for each, sorted, as key=value.
func Values[V any](of map[string]V) []string {
	var lines []string
	for key, value := range of {
		lines = append(lines, fmt.Sprintf("%s=%v", key, value))
	}
	slices.Sort(lines)
	return lines
}
