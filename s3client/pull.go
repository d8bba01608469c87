package s3client

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// pull is a download that goes on only while its caller waits for bytes, in the goroutine of the
// caller. [download.run] makes the same requests for a sink that takes all bytes.
type pull struct {
	*download
	ctx    context.Context
	move   *moving      // nil: no request has begun
	steps  *retry.Steps // nil: no call of the retry engine runs
	now    *attempt     // nil: no attempt runs
	body   io.Reader    // of now
	over   bool         // the body has ended, with the error late
	late   error
	idle   time.Time // since when the caller does not wait for bytes; zero: it waits
	result error     // when the download has ended: how, io.EOF if all is well
}

// next reads into p until a byte has arrived or the download has ended. It verifies the checksum
// with the last byte: Close can then report a mismatch to a caller that reads no further.
func (p *pull) next(space []byte) (n int) {
	for n == 0 && p.result == nil {
		n = p.advance(space)
	}
	for n > 0 && p.size >= 0 && p.have == p.size && p.result == nil {
		p.advance(nil)
	}
	return n
}

// advance does the next step of the download. If the step panics, it releases what the attempt
// holds.
func (p *pull) advance(space []byte) (n int) {
	returned := false
	defer func() {
		if !returned {
			p.abandon()
		}
	}()
	n = p.step(space)
	returned = true
	return n
}

var errPanicked = errors.New("the reading panicked")

// abandon ends the download because a step of it does not return.
func (p *pull) abandon() {
	if p.steps != nil {
		p.steps.Abandon()
	}
	if p.now != nil {
		_ = p.now.close(errPanicked) // a panic is on its way to the caller
		p.now = nil
	}
	p.result = errPanicked
}

// step makes a request, or reads once from its response.
func (p *pull) step(space []byte) int {
	if p.now == nil {
		p.request()
		return 0
	}
	if p.over {
		p.end(p.judge(p.late))
		return 0
	}
	n, ended, err := p.chunk(p.body, space)
	switch {
	case n > 0 && (err != nil || ended && p.size < 0):
		p.over, p.late = true, err // what follows may take long: the caller gets its bytes first
	case ended || err != nil:
		p.end(p.judge(err))
	}
	return n
}

// request makes an attempt and waits for the head of the response.
func (p *pull) request() {
	if p.move == nil {
		p.move = p.moving(p.ctx)
	}
	r := p.move.request
	if p.steps == nil {
		steps, err := p.move.retryer.Steps(context.WithValue(p.ctx, requestKey{}, r), r.call())
		if err != nil {
			p.leave(err)
			return
		}
		p.steps = steps
	}
	ctx, _ := p.steps.Begin()
	p.now = p.client.begin(ctx, r, r.seen.Number+1)
	body, err := p.open(p.now.ctx, p.now)
	if body != nil && err == nil {
		p.body = body
		return
	}
	if body != nil {
		err = p.judge(err)
	}
	p.end(err)
}

// end ends the attempt, and waits if another one follows.
func (p *pull) end(err error) {
	a, steps := p.now, p.steps
	p.now, p.over, p.late = nil, false, nil
	p.move.count()
	again, err := steps.End(p.client.end(p.ctx, a, err))
	if !again {
		p.leave(err)
	}
}

// leave decides what follows a call of the retry engine that has ended with err.
func (p *pull) leave(err error) {
	p.steps = nil
	switch {
	case p.move.goesOn(p.ctx, err):
		p.result = p.move.anew(p.ctx, err)
		return
	case err != nil:
		p.result = err
		return
	}
	ended, err := p.settled(p.ctx)
	switch {
	case err != nil:
	case ended:
		p.finish(p.ctx)
		err = io.EOF
	default:
		err = p.move.cut(p.ctx)
	}
	p.result = err
}

// close ends the download for the reason err if it has not ended.
func (p *pull) close(err error) {
	if p.now != nil {
		p.end(p.judge(err))
	}
	if p.result == nil {
		p.result = err
	}
}

// pause stops the clocks of the attempt until resume: they do not count the caller's time.
func (p *pull) pause() {
	if p.now != nil {
		p.watch.pause()
		p.idle = time.Now()
	}
}

func (p *pull) resume() {
	if p.now != nil && !p.idle.IsZero() {
		p.paused += time.Since(p.idle)
		p.watch.resume()
	}
	p.idle = time.Time{}
}
