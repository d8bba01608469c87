package faultproxy

import (
	"bytes"
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
// know yet how the request ends. The head has status 200 and announces chunks.
func (x *exchange) sendAfterWhitespace(head, content []byte, d time.Duration) bool {
	r := reply{status: 200, head: head, framing: wire.Framing{Kind: wire.ByChunks}}
	if x.in.head.Old { // HTTP/1.0 has no chunks: the close ends the body
		x.keep = false
		r.head, r.framing.Kind = withoutFraming(head), wire.ByClose
	}
	return x.sendMade(r, func(to sink) error {
		if end := bytes.Index(content, []byte("?>")) + len("?>"); bytes.HasPrefix(content, []byte("<?xml")) {
			if err := putChunk(to, content[:end]); err != nil {
				return err
			}
			content = content[end:]
		}
		for left := d; left > 0; left -= whitespaceEvery {
			if !x.wait(min(left, whitespaceEvery)) { // wait sends first what is buffered
				return errGone
			}
			if err := putChunk(to, []byte(" ")); err != nil {
				return err
			}
		}
		if err := putChunk(to, content); err != nil {
			return err
		}
		return to.put([]byte("0\r\n\r\n"), false)
	})
}
