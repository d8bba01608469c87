package wire

import (
	"io"
	"net"
)

// spliceFrom is the size from which on a body is moved by the kernel, in bytes: below, a copy is faster.
const spliceFrom = 64 << 10

// Splice moves a body of known length from one TCP connection to another within the kernel: what is buffered first. It
// returns how many bytes were moved, and false if it is not the way for this body. What it leaves over, because of an
// error or the end of src, is for the caller to find.
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
		out.Err = err // whoever reads on learns whether it was the source
	}
	return n, true
}
