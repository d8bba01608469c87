//go:build !unix

package wire

import (
	"errors"
	"syscall"
)

const hasRawCalls = false

func rawWrite(uintptr, []byte) (n int, whole bool) { return 0, false }

func rawRead(uintptr, []byte) (n int, err error) { return 0, errors.ErrUnsupported }

func rawPeek(uintptr) (n int, err error) { return 0, syscall.EAGAIN }
