package faultproxy

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// whitespaceEvery is the time between two characters of white space. MinIO sends one every 10 s;
// S3's documentation says "periodically".
const whitespaceEvery = 10 * time.Second

// inChunks is the framing of a response whose length is not known when its head is sent.
const inChunks = "Transfer-Encoding: chunked\r\n"

// sendAfterWhitespace sends the head and the XML declaration of the content at once, white space
// while the time d passes, and then the rest of the content. It is how S3 answers when it does not
// know yet how the request ends. The head must announce chunks.
func (x *exchange) sendAfterWhitespace(status int, head, content []byte, d time.Duration) bool {
	r := reply{status: status, head: head, framing: wire.Framing{Kind: wire.ByChunks}}
	if x.in.head.Old { // HTTP/1.0 has no chunks: the close ends the body
		x.keep = false
		r.head, r.framing.Kind = withoutFraming(head), wire.ByClose
	}
	if !x.prepare(&r) {
		return false
	}
	x.noteHead(r.status, r.head)
	x.out.answeredAt = x.p.now()
	to := x.toClient(nil, x.in.head.Old)
	err := x.out.Gather(r.head)
	chunk := func(p []byte) error {
		err := to.put(fmt.Appendf(nil, "%x\r\n", len(p)), false)
		if err == nil {
			err = to.put(p, true)
		}
		if err == nil {
			err = to.put([]byte("\r\n"), false)
		}
		if err == nil {
			err = to.flush()
		}
		return err
	}
	if end := bytes.Index(content, []byte("?>")) + len("?>"); err == nil && bytes.HasPrefix(content, []byte("<?xml")) {
		err = chunk(content[:end])
		content = content[end:]
	}
	for left := d; left > 0 && err == nil; left -= whitespaceEvery {
		if !x.wait(min(left, whitespaceEvery)) {
			return false
		}
		err = chunk([]byte(" "))
	}
	if err == nil {
		err = chunk(content)
	}
	if err == nil {
		err = to.put([]byte("0\r\n\r\n"), false)
	}
	if err == nil {
		err = to.end()
	}
	if err != nil {
		return errors.Is(err, errCut) || x.lost()
	}
	x.linger = !x.keep
	return true
}
