package s3client

import (
	"context"
	"log/slog"
)

// Progress is told how many bytes of how many have moved. total is -1 where it is unknown. The
// numbers never go back, whatever is retried, with one exception: a transfer that succeeds ends
// with done equal to its size, also if another attempt had brought more bytes of a longer object
// that was replaced meanwhile. Calls do not overlap. They come from the goroutines that move the
// bytes, so a slow Progress makes a slow transfer.
type Progress func(done, total int64)

// tally adds up the progress of the pieces of one transfer.
type tally struct {
	report Progress
	// turn holds one token. A channel rather than a mutex, so that a report may block on virtual
	// time while others wait for their turn.
	turn     chan struct{}
	total    int64
	done     int64
	reported int64
	err      error // the panic of a report, which was the last one
}

func newTally(report Progress, total int64) *tally {
	if report == nil {
		return nil
	}
	t := &tally{report: report, turn: make(chan struct{}, 1), total: total, reported: -1}
	return t
}

// piece is one part of a transfer: how far its best attempt has come.
type piece struct {
	tally *tally
	high  int64
}

func (t *tally) piece() *piece {
	if t == nil {
		return nil
	}
	return &piece{tally: t}
}

// reached notes that an attempt has moved n bytes, and reports them if that is more than in any
// attempt before. It returns the error of a report that panicked, now or earlier.
func (p *piece) reached(n int64) error {
	if p == nil {
		return nil
	}
	t := p.tally
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if n > p.high {
		t.done += n - p.high
		p.high = n
		t.tell(t.done)
	}
	return t.err
}

// expect sets the total when the client has learned it.
func (t *tally) expect(total int64) {
	if t == nil {
		return
	}
	t.turn <- struct{}{}
	t.total = max(t.total, total)
	<-t.turn
}

// finish reports the size, as the last report. It returns the error of a report that panicked.
func (t *tally) finish(size int64) error {
	if t == nil {
		return nil
	}
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	t.total = size
	if t.reported > size {
		t.reported = size - 1 // or tell would not report the size
	}
	t.tell(size)
	return t.err
}

func (t *tally) tell(done int64) {
	if t.total >= 0 {
		done = min(done, t.total)
	}
	if done > t.reported && t.err == nil {
		t.reported = done
		defer guard(&t.err)
		t.report(done, t.total)
	}
}

// finished logs the panic of the last report of a transfer that has succeeded.
func (c *Client) finished(ctx context.Context, key string, err error) {
	if err != nil {
		c.log(ctx, slog.LevelError, "the last progress report failed",
			"bucket", c.config.Bucket, "key", key, "error", err)
	}
}
