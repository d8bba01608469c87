package s3client

import (
	"syscall"
	"unsafe"
)

// unacknowledged returns the length of a TCP socket's send queue in bytes: what is not sent and
// what is not acknowledged. False: fd is not a TCP socket.
func unacknowledged(fd uintptr) (int64, bool) {
	var n int32
	// The ioctl writes an int. Package syscall has no function for it.
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&n)))
	return int64(n), errno == 0
}
