//go:build unix

package wire

import (
	"errors"
	"syscall"
)

// hasRawCalls says that there are the system calls that a port needs.
const hasRawCalls = true

// rawWrite writes once and returns how much, and whether it was all.
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
		n, _, err := syscall.Recvfrom(int(fd), p, 0) // a file's read costs more
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// rawPeek looks for what could be read, and takes nothing.
func rawPeek(fd uintptr) (n int, err error) {
	for {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
