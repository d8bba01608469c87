package wire

import (
	"io"
	"net"
)

// spliceFrom is the size in bytes from which the kernel moves a body. Below it a copy is faster.
const spliceFrom = 64 << 10

// Splice moves a body of known length from one TCP connection to another within the kernel, after
// the bytes that are buffered. It returns how many bytes it moved. ok is false if it cannot move
// this body: it is small, or a connection is not plain TCP. After an error, or the end of src, the
// body is not done: the caller reads on to learn which side failed.
func Splice(dst, src net.Conn, in *Reader, b *Body, out *Writer) (n int64, ok bool) {
	to, ok := dst.(*net.TCPConn)
	if !ok || b.Left < spliceFrom {
		return 0, false
	}
	from, ok := src.(*net.TCPConn)
	if !ok {
		return 0, false
	}
	head := in.Buffered()
	if int64(len(head)) > b.Left {
		head = head[:b.Left]
	}
	if out.Err = out.Send(head); out.Err != nil {
		return 0, false
	}
	in.Advance(len(head))
	moved, err := io.Copy(to, &io.LimitedReader{R: from, N: b.Left - int64(len(head))})
	out.Sent += moved
	n = int64(len(head)) + moved
	b.Left -= n
	b.Done = b.Left == 0
	if err != nil {
		out.Err = err // the caller reads on, which tells whether the source failed
	}
	return n, true
}
