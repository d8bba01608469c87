package s3client

// Progress is told how many bytes of how many have moved. The numbers never go
// back, whatever is retried; total is -1 where it is unknown; a transfer that
// succeeds ends with done equal to its size. Calls do not overlap. They come
// from the goroutines that move the bytes, so a slow Progress makes a slow
// transfer.
type Progress func(done, total int64)

// tally adds up the progress of the pieces of one transfer.
type tally struct {
	report Progress
	// turn holds one token. A channel rather than a mutex, so that a report
	// may block on virtual time while others wait for their turn.
	turn     chan struct{}
	total    int64
	done     int64
	reported int64
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

// reached says that an attempt has moved n bytes; only what exceeds the best
// attempt so far is news.
func (p *piece) reached(n int64) {
	if p == nil {
		return
	}
	t := p.tally
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if n > p.high {
		t.done += n - p.high
		p.high = n
		t.tell(t.done)
	}
}

// expect says how much there will be, once that is known.
func (t *tally) expect(total int64) {
	if t == nil {
		return
	}
	t.turn <- struct{}{}
	t.total = max(t.total, total)
	<-t.turn
}

// finish reports the whole.
func (t *tally) finish(size int64) {
	if t == nil {
		return
	}
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	t.total = size
	t.tell(size)
}

func (t *tally) tell(done int64) {
	if t.total >= 0 {
		done = min(done, t.total)
	}
	if done > t.reported {
		t.reported = done
		t.report(done, t.total)
	}
}
