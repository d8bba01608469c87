package memnet

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// Refused is the error of a dial to a port without a listener. It matches [syscall.ECONNREFUSED].
func Refused(addr string) error { return connectError(addr, syscall.ECONNREFUSED) }

// Unreachable is the error of a dial into a network without a route to it. It matches
// [syscall.ENETUNREACH].
func Unreachable(addr string) error { return connectError(addr, syscall.ENETUNREACH) }

// NoRoute is the error of a dial to a host that does not answer on its network. It matches
// [syscall.EHOSTUNREACH].
func NoRoute(addr string) error { return connectError(addr, syscall.EHOSTUNREACH) }

// TimedOut is the error of a dial that the kernel gave up. It matches [syscall.ETIMEDOUT], and its
// Timeout is true.
func TimedOut(addr string) error { return connectError(addr, syscall.ETIMEDOUT) }

// NXDomain is the error of a dial to a name that does not exist: a [*net.DNSError] that is not
// found.
func NXDomain(host string) error {
	return dnsError(&net.DNSError{Err: "no such host", Name: host, Server: resolver, IsNotFound: true})
}

// DNSTemporary is the error of a dial whose name could not be looked up just now: a temporary
// [*net.DNSError].
func DNSTemporary(host string) error {
	return dnsError(&net.DNSError{Err: "server misbehaving", Name: host, Server: resolver, IsTemporary: true})
}

// resolver is what the errors name as the server that was asked (RFC 5737: an address for
// documentation).
const resolver = "192.0.2.53:53"

func connectError(addr string, errno syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: Addr(addr), Err: os.NewSyscallError("connect", errno)}
}

func dnsError(err *net.DNSError) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: err}
}

// dialEnded is the error of a dial whose context has ended, nil if it has not.
func dialEnded(ctx context.Context, addr string) error {
	err := ctx.Err()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		err = errDialTimeout{}
	default:
		err = errCanceled{}
	}
	return &net.OpError{Op: "dial", Net: "tcp", Addr: Addr(addr), Err: err}
}

// errCanceled and errDialTimeout print as package net's own errors do, and match what those match.
type (
	errCanceled    struct{}
	errDialTimeout struct{}
)

func (errCanceled) Error() string        { return "operation was canceled" }
func (errCanceled) Is(target error) bool { return target == context.Canceled }

func (errDialTimeout) Error() string        { return "i/o timeout" }
func (errDialTimeout) Is(target error) bool { return target == context.DeadlineExceeded }
func (errDialTimeout) Timeout() bool        { return true }
func (errDialTimeout) Temporary() bool      { return true }
