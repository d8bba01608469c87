package faultproxy

import (
	"errors"
	"io"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// errCut is returned by a shaper to end the body at this point.
var errCut = errors.New("cut")

// consume removes the head from the buffer, so that the body can be read.
func (x *exchange) consume() {
	if !x.in.consumed {
		x.in.consumed = true
		x.c.in.Advance(len(x.in.raw))
	}
}

// receive reads the request's body to its end and drops it; last, unless it is nil, may cut it. It
// sends 100 Continue if the client waits for that.
func (x *exchange) receive(last shaper) bool {
	x.consume()
	if x.in.done {
		return true
	}
	if x.in.head.Expect && !x.in.continued && len(x.c.in.Buffered()) == 0 {
		if !x.sendContinue() {
			return false
		}
	}
	discard := wire.NewWriter(io.Discard)
	return x.judge(x.readBody(&discard, x.toUpstream(&discard, last, true), x.shapesRequest()))
}

// judge ends the exchange if err, which reading the request's body returned, demands that.
func (x *exchange) judge(err error) bool {
	var m *wire.MalformedError
	switch {
	case err == nil:
		x.bodyEnds()
		return true
	case errors.Is(err, errCut), isClosed(x.in.timeUp):
		return true
	case errors.As(err, &m):
		x.answerBad(err)
		return false
	}
	return x.lost()
}

// bodyEnds records that the request was read to its end.
func (x *exchange) bodyEnds() {
	x.in.done = true
	if x.in.doneAt == 0 {
		x.in.doneAt = x.p.now()
	}
}

func (x *exchange) sendContinue() bool {
	x.in.continued = true
	if x.out.Send([]byte("HTTP/1.1 100 Continue\r\n\r\n")) != nil {
		return x.lost()
	}
	return true
}

// readBody reads the request's body to its end, and puts it into to, which sends to out. shaped is
// set if a rule shapes the body. It returns errors of the client, and errCut. It keeps errors of
// out in out.Err, and goes on reading.
func (x *exchange) readBody(out *wire.Writer, to sink, shaped bool) error {
	x.c.in.Steady = shaped // the pump must not read x.shaping, which the exchange may change meanwhile
	defer func() { x.c.in.Steady = false }()
	if shaped {
		x.topUp()
	}
	for {
		if !x.in.body.Ready() {
			out.Try(out.Flush)
		}
		piece, payload, err := x.in.body.Next()
		if err != nil {
			ends := x.putRequest(out, to.end)
			out.Try(out.Flush)
			if errors.Is(err, io.EOF) {
				return ends
			}
			return err
		}
		x.in.received += int64(len(piece))
		if payload {
			x.in.sum.write(piece)
		}
		if err := x.putRequest(out, func() error { return to.put(piece, payload) }); err != nil {
			return err
		}
	}
}

// putRequest calls put, which sends to out, unless that has failed before. It keeps errors of out
// in out.Err, and returns others.
func (x *exchange) putRequest(out *wire.Writer, put func() error) error {
	if out.Err == nil {
		err := put()
		if errors.Is(err, errCut) || errors.Is(err, errGone) {
			return err
		}
		out.Err = err
	}
	return nil
}

// endRequest prepares for a fault's answer in place of the upstream's. If the rule has
// after_upstream it forwards the request and drops the response; otherwise it reads the body,
// unless the answer is early.
func (x *exchange) endRequest(early bool) bool {
	if x.afterUpstream() {
		return x.through() && x.discard()
	}
	if early {
		x.fillUp()
		return true
	}
	return x.receive(nil)
}
