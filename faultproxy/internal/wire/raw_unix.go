//go:build unix

package wire

import (
	"errors"
	"syscall"
)

// hasRawCalls reports whether the platform has the system calls that RawConn needs.
const hasRawCalls = true

// rawWrite calls write once. It returns the number of bytes written, and whether that is all of p.
func rawWrite(fd uintptr, p []byte) (n int, whole bool) {
	for {
		n, err := syscall.Write(int(fd), p)
		if !errors.Is(err, syscall.EINTR) {
			return max(n, 0), n == len(p)
		}
	}
}

func rawRead(fd uintptr, p []byte) (n int, err error) {
	for {
		n, _, err := syscall.Recvfrom(int(fd), p, 0) // recvfrom is cheaper than the read of a file
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// rawPeek returns the number of bytes that could be read, and reads none.
func rawPeek(fd uintptr) (n int, err error) {
	for {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
