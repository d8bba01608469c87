package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Names of events.
const (
	eventArrived   = "arrived"   // a record as it is begun
	eventCompleted = "completed" // the record when it is done
	eventLost      = "lost"      // the client was too slow: so many events were dropped before the next one
	eventEnd       = "end"       // the proxy stops
)

// events follows the journal. The proxy never waits for a client.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	history, wrong := flag(r.URL.Query(), "history")
	if len(wrong) > 0 {
		refuse(w, http.StatusBadRequest, "the query is not understood", wrong...)
		return
	}
	follower := h.proxy.Journal().Follow()
	defer follower.Close()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.open, cancel)()

	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{w: w, rc: http.NewResponseController(w), seen: map[int]bool{}}
	s.comment("following")
	if history {
		for _, rec := range h.proxy.Journal().Records() {
			s.seen[rec.Seq] = rec.Done
			s.record(rec)
		}
	}
	s.follow(ctx, follower, h.heartbeat)
	if r.Context().Err() == nil {
		s.event(eventEnd, struct{}{})
	}
}

// stream writes server-sent events until a write fails.
type stream struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	seen map[int]bool // records of the history, and whether they were done: they are also among the first events
	lost int
	err  error
}

// follow writes what there is, flushes, and waits for more, until the context ends.
func (s *stream) follow(ctx context.Context, follower *faultproxy.Follower, heartbeat time.Duration) {
	over, cancel := context.WithCancel(context.Background())
	cancel() // with it Next returns what there is and does not wait
	for s.err == nil {
		rec, err := follower.Next(over)
		if err == nil {
			if lost := follower.Lost(); lost > s.lost {
				s.event(eventLost, map[string]int{"events": lost - s.lost})
				s.lost = lost
			}
			s.once(rec)
			continue
		}
		s.flush()
		silence, end := context.WithTimeout(ctx, heartbeat)
		rec, err = follower.Next(silence)
		end()
		switch {
		case err == nil:
			s.once(rec)
		case ctx.Err() != nil:
			return
		default:
			s.comment("still there")
		}
	}
}

// once writes an event that the history has not shown.
func (s *stream) once(rec faultproxy.Record) {
	if done, shown := s.seen[rec.Seq]; shown {
		if rec.Done {
			delete(s.seen, rec.Seq)
		}
		if done || !rec.Done {
			return
		}
	}
	s.record(rec)
}

func (s *stream) record(rec faultproxy.Record) {
	name := eventArrived
	if rec.Done {
		name = eventCompleted
	}
	s.event(name, rec)
}

func (s *stream) event(name string, data any) {
	text, err := json.Marshal(data) // without line ends
	if err != nil {
		s.err = err
	}
	s.print("event: %s\ndata: %s\n\n", name, text)
}

func (s *stream) comment(text string) {
	s.print(": %s\n\n", text)
	s.flush()
}

func (s *stream) print(format string, args ...any) {
	if s.err == nil {
		_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)) // where there is a connection
		_, s.err = fmt.Fprintf(s.w, format, args...)
	}
}

func (s *stream) flush() {
	if s.err == nil {
		s.err = s.rc.Flush()
	}
}
