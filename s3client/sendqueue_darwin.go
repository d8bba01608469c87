package s3client

import "syscall"

// unacknowledged returns the length of a socket's send queue in bytes: what is not sent and what is
// not acknowledged. False: fd is not a socket.
func unacknowledged(fd uintptr) (int64, bool) {
	n, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_NWRITE)
	return int64(n), err == nil
}
