package faultproxy

import (
	"io"
	"net"
)

// spliceFrom is the size from which on a body is moved by the kernel, in bytes: below, a copy is faster.
const spliceFrom = 64 << 10

// splice moves a body of known length from one TCP connection to another within the kernel: what is buffered first. It
// returns how many bytes were moved, and false if it is not the way for this body. What it leaves over, because of an
// error or the end of src, is for the caller to find.
func splice(dst, src net.Conn, in *reader, b *body, out *writer) (n int64, ok bool) {
	to, ok := dst.(*net.TCPConn)
	if !ok || b.left < spliceFrom {
		return 0, false
	}
	from, ok := src.(*net.TCPConn)
	if !ok {
		return 0, false
	}
	head := in.buffered()
	if int64(len(head)) > b.left {
		head = head[:b.left]
	}
	if out.err = out.send(head); out.err != nil {
		return 0, false
	}
	in.advance(len(head))
	moved, err := io.Copy(to, &io.LimitedReader{R: from, N: b.left - int64(len(head))})
	out.sent += moved
	n = int64(len(head)) + moved
	b.left -= n
	b.done = b.left == 0
	if err != nil {
		out.err = err // whoever reads on learns whether it was the source
	}
	return n, true
}
