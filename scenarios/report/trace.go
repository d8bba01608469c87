package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// trace writes trace events in the JSON format that ui.perfetto.dev opens. Each drill is a process
// and each connection a thread of it. An attempt is a slice, and a fault is an instant. Times are
// scenario times in microseconds: every drill starts at 0. It keeps no result.
//
// The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
type trace struct {
	w       io.Writer
	options Options
	drills  int
	err     error
}

// traceEvent is one event of the format.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"` // X: a slice, i: an instant, M: a name
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Time     float64        `json:"ts"`
	Duration *float64       `json:"dur,omitempty"`
	Scope    string         `json:"s,omitempty"` // of an instant: t for its thread
	Args     map[string]any `json:"args,omitempty"`
}

func newTrace(w io.Writer, o Options) Writer { return &trace{w: w, options: o} }

// emit writes one event on a line of its own.
func (t *trace) emit(e traceEvent) {
	if t.err != nil {
		return
	}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = fmt.Fprintf(t.w, ",\n%s", line)
	}
	t.err = err
}

func (t *trace) begin() {
	if t.drills == 0 && t.err == nil {
		version, err := json.Marshal(t.options.Version)
		if err == nil {
			const head = `{"displayTimeUnit":"ms","otherData":{"program":"s3chaos","version":%s},` +
				`"traceEvents":[` + "\n" +
				`{"name":"process_name","ph":"M","pid":0,"tid":0,"ts":0,"args":{"name":"s3chaos"}}`
			_, err = fmt.Fprintf(t.w, head, version)
		}
		t.err = err
	}
}

func (t *trace) Drill(r *scenarios.Result) error {
	t.begin()
	t.drills++
	t.emit(traceEvent{
		Name: "process_name", Phase: "M", Process: t.drills,
		Args: map[string]any{"name": fmt.Sprintf("%s %s (%s, seed %d)", r.Verdict, name(r), r.Client, r.Seed)},
	})
	t.emit(traceEvent{Name: "thread_name", Phase: "M", Process: t.drills, Args: map[string]any{"name": "steps"}})
	for _, s := range r.Steps {
		if s.Depth == 0 && s.Outcome != scenarios.Unreached {
			t.slice(s.Name, "step", 0, s.Start, s.End, map[string]any{
				"outcome": string(s.Outcome), "error": s.Err, "attempts": s.Attempts,
			})
		}
	}
	named := make(map[int]bool)
	for _, g := range r.Groups {
		for _, a := range g.Attempts {
			t.attempt(g, a, named)
		}
	}
	return t.err
}

// attempt writes the sends of an attempt, each in the thread of its connection.
func (t *trace) attempt(g scenarios.Group, a scenarios.Attempt, named map[int]bool) {
	for _, r := range a.Records {
		thread := r.Conn + 1 // 0 is the thread of the steps
		if !named[thread] {
			named[thread] = true
			title := fmt.Sprintf("connection %d", r.Conn)
			if r.Conn == 0 {
				title = "no connection"
			}
			t.emit(traceEvent{
				Name: "thread_name", Phase: "M", Process: t.drills, Thread: thread, Args: map[string]any{"name": title},
			})
		}
		args := map[string]any{
			"attempt": a.N, "outcome": outcome(r), "committed": r.Committed,
			"bytes_sent": r.BytesReceived, "bytes_received": r.BytesSent,
		}
		if a.N > 1 && !g.Concurrent {
			args["wait_ms"] = millisecond(a.Wait)
		}
		if w := a.Allowed; w != nil {
			args["allowed"] = allowed(w)
		}
		end := max(r.At, r.End)
		t.slice(g.Title(), "attempt", thread, r.At, end, args)
		for _, f := range r.Firings() {
			t.emit(traceEvent{
				Name: f.Fault, Category: "fault", Phase: "i", Process: t.drills, Thread: thread,
				Time:  microseconds(end),
				Scope: "t", Args: map[string]any{"rule": f.Rule},
			})
		}
	}
}

func (t *trace) slice(name, category string, thread int, from, to time.Duration, args map[string]any) {
	t.emit(traceEvent{
		Name: printable(name), Category: category, Phase: "X", Process: t.drills, Thread: thread,
		Time:     microseconds(from),
		Duration: new(microseconds(to - from)), Args: args,
	})
}

func (t *trace) Close() error {
	t.begin()
	if t.err == nil {
		_, t.err = io.WriteString(t.w, "\n]}\n")
	}
	return t.err
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
