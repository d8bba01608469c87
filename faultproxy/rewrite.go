package faultproxy

import (
	"bytes"
	"fmt"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// This file is for faults that send the upstream's response with another body: they read it whole,
// change it, and send it with a length of its own.

// readAnswer reads the upstream's response to its end, and returns a copy of its head, and its
// body. If the body breaks off or has more than maxList bytes, the fault has not fired and the
// exchange ends.
func (x *exchange) readAnswer() (head, content []byte, ok bool) {
	up := x.c.up
	head = bytes.Clone(x.up.raw)
	up.in.Advance(len(x.up.raw))
	content, err := memory.ReadAll(up.in, x.up.head.Framing(x.req.Method), maxList)
	if err != nil {
		x.unfire(false)
		x.c.dropUpstream()
		x.end(journal.EndUpstream)
		x.linger = true
		return nil, nil, false
	}
	x.upstreamDone(up)
	return head, content, true
}

// sendRewritten sends the upstream's response with another body.
func (x *exchange) sendRewritten(head, content []byte) bool {
	head = x.reframed(head, fmt.Sprintf("Content-Length: %d\r\n", len(content)))
	return x.sendMessage(x.up.head.Status, head, content)
}

// reframed returns the head of a response whose body the proxy sends with this framing, and decides
// whether the connection stays open.
func (x *exchange) reframed(head []byte, framing string) []byte {
	x.decideKeep()
	if !x.keep {
		framing += "Connection: close\r\n"
	}
	return withFraming(head, framing)
}

// upstreamHeader returns a header of the upstream's response, or "".
func (x *exchange) upstreamHeader(name string) string {
	lines := httptext.Headers(x.up.raw[x.up.head.Lines : len(x.up.raw)-2])
	value, _ := lines.Get(name)
	return value
}
