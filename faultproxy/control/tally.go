package control

import (
	"context"
	"sync"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// tally counts what has ended, for /metrics.
type tally struct {
	mu        sync.Mutex
	responses map[ending]int
	traffic   map[string]*traffic // by operation
	prevented int
	lost      int
}

// ending is how exchanges came to their end.
type ending struct {
	operation string
	status    int
	ended     string
}

// traffic is what the exchanges of one operation amounted to.
type traffic struct {
	received, sent int64
	seconds        float64 // sum of durations
	buckets        [len(durations) + 1]int
}

// durations are the upper bounds of the histogram's buckets, in seconds.
var durations = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func newTally() *tally {
	return &tally{responses: map[ending]int{}, traffic: map[string]*traffic{}}
}

// run counts until the context ends.
func (t *tally) run(ctx context.Context, follower *faultproxy.Follower) {
	defer follower.Close()
	for rec := range follower.All(ctx) {
		t.add(rec, follower.Lost())
	}
}

func (t *tally) add(rec faultproxy.Record, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = lost
	switch {
	case !rec.Done:
		return
	case rec.Kind == faultproxy.KindConnection:
		t.prevented++
		return
	}
	t.responses[ending{rec.Operation, rec.Status, rec.Ended}]++
	of := t.traffic[rec.Operation]
	if of == nil {
		of = &traffic{}
		t.traffic[rec.Operation] = of
	}
	of.received += rec.BytesReceived
	of.sent += rec.BytesSent
	seconds := (rec.End - rec.At).Seconds()
	of.seconds += seconds
	i := 0
	for i < len(durations) && seconds > durations[i] {
		i++
	}
	of.buckets[i]++
}
