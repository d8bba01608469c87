package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// endpoint is what both kinds of connection can do.
type endpoint interface {
	net.Conn
	CloseRead() error
	CloseWrite() error
}

// world is a network to compare: the real one on loopback, or the one in memory.
type world struct {
	listen func(addr string) (net.Listener, error)
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	reset  func(c net.Conn) error
}

func realWorld() world {
	return world{
		listen: func(addr string) (net.Listener, error) { return net.Listen("tcp", addr) },
		dial:   new(net.Dialer).DialContext,
		reset: func(c net.Conn) error {
			return errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close())
		},
	}
}

func memoryWorld() world {
	n := memnet.New()
	return world{
		listen: n.Listen, dial: n.DialContext,
		reset: func(c net.Conn) error { return c.(*memnet.Conn).Reset() },
	}
}

// parityCases each do something to a new connection, or to the network, and return the error to
// compare. Those without a connection do not use a and b. Every wait in them is for an event, never
// for time.
var parityCases = map[string]func(w world, l net.Listener, a, b endpoint) error{
	"read after the peer's reset": func(w world, _ net.Listener, a,
		b endpoint,
	) error {
		return errors.Join(w.reset(b), read(a))
	},
	"close after the peer's reset": func(w world, _ net.Listener, a,
		b endpoint,
	) error {
		_ = w.reset(b)
		_ = read(a)
		return a.Close()
	},
	"half-close after the peer's reset": func(w world, _ net.Listener, a,
		b endpoint,
	) error {
		_ = w.reset(b)
		_ = read(a)
		return a.CloseWrite()
	},
	"read after a reset": func(w world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(w.reset(a), read(a))
	},
	"write after a reset": func(w world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(w.reset(a), write(a))
	},
	"close after a reset": func(w world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(w.reset(a), a.Close())
	},
	"read after the peer's close": func(_ world, _ net.Listener, a,
		b endpoint,
	) error {
		return errors.Join(b.Close(), read(a))
	},
	"read after the peer's half-close": func(_ world, _ net.Listener, a,
		b endpoint,
	) error {
		return errors.Join(b.CloseWrite(), read(a))
	},
	"write after the peer's half-close": func(_ world, _ net.Listener, a,
		b endpoint,
	) error {
		_ = b.CloseWrite()
		_ = read(a)
		return write(a)
	},
	"half-close twice": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.CloseWrite(), a.CloseWrite())
	},
	"write after a half-close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.CloseWrite(), write(a))
	},
	"read after a half-close of reads": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.CloseRead(), read(a))
	},
	"half-close of reads twice": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.CloseRead(), a.CloseRead())
	},
	"close twice": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), a.Close())
	},
	"read after a close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), read(a))
	},
	"write after a close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), write(a))
	},
	"half-close after a close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), a.CloseWrite())
	},
	"half-close of reads after a close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), a.CloseRead())
	},
	"deadline after a close": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.Close(), a.SetDeadline(past))
	},
	"read deadline after a close": func(_ world, _ net.Listener, a, _ endpoint) error {
		return errors.Join(a.Close(), a.SetReadDeadline(past))
	},
	"write deadline after a close": func(_ world, _ net.Listener, a, _ endpoint) error {
		return errors.Join(a.Close(), a.SetWriteDeadline(past))
	},
	"read of nothing after a close": func(_ world, _ net.Listener, a, _ endpoint) error {
		_ = a.Close()
		_,
			err := a.Read(nil)
		return err
	},
	"write of nothing after a close": func(_ world, _ net.Listener, a, _ endpoint) error {
		_ = a.Close()
		_,
			err := a.Write(nil)
		return err
	},
	"write of nothing after a half-close": func(_ world, _ net.Listener, a, _ endpoint) error {
		_ = a.CloseWrite()
		_, err := a.Write(nil)
		return err
	},
	"read past the deadline": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.SetDeadline(past), read(a))
	},
	"write past the deadline": func(_ world, _ net.Listener, a,
		_ endpoint,
	) error {
		return errors.Join(a.SetDeadline(past), write(a))
	},
	"read of nothing past the deadline": func(_ world, _ net.Listener, a, _ endpoint) error {
		_ = a.SetDeadline(past)
		_, err := a.Read(nil)
		return err
	},
	"write of nothing past the deadline": func(_ world, _ net.Listener, a, _ endpoint) error {
		_ = a.SetDeadline(past)
		_, err := a.Write(nil)
		return err
	},
	"read while another closes": func(_ world, _ net.Listener, a, _ endpoint) error { go a.Close(); return read(a) },

	"accept after a close": func(_ world, l net.Listener, _, _ endpoint) error {
		_ = l.Close()
		_,
			err := l.Accept()
		return err
	},
	"close a listener twice": func(_ world, l net.Listener, _,
		_ endpoint,
	) error {
		return errors.Join(l.Close(), l.Close())
	},
	"listen twice": func(w world, l net.Listener, _, _ endpoint) error {
		_,
			err := w.listen(l.Addr().String())
		return err
	},
	"listen without a port": func(w world, _ net.Listener, _, _ endpoint) error {
		_,
			err := w.listen("nowhere")
		return err
	},
	"dial without listener": func(w world, l net.Listener, _, _ endpoint) error {
		_ = l.Close()
		return dial(context.Background(), w, "tcp", l.Addr().String())
	},
	"dial without a port": func(w world, _ net.Listener, _, _ endpoint) error {
		return dial(context.Background(), w, "tcp", "nowhere")
	},
	"dial an unknown network": func(w world, l net.Listener, _, _ endpoint) error {
		return dial(context.Background(), w, "tin", l.Addr().String())
	},
	"dial when cancelled": func(w world, l net.Listener, _, _ endpoint) error {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return dial(ctx, w, "tcp", l.Addr().String())
	},
	"dial past the deadline": func(w world, l net.Listener, _, _ endpoint) error {
		ctx, cancel := context.WithDeadline(context.Background(), past)
		defer cancel()
		return dial(ctx, w, "tcp", l.Addr().String())
	},
}

// The real network decides what every error is: its words, what it matches, whether it is a
// timeout.
func TestErrorsAreThoseOfTheRealNetwork(t *testing.T) {
	for name, do := range parityCases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, outcome(t, realWorld(), do), outcome(t, memoryWorld(), do))
		})
	}
}

func outcome(t *testing.T, w world, do func(world, net.Listener, endpoint, endpoint) error) string {
	l, err := w.listen("127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	a, err := w.dial(context.Background(), "tcp", l.Addr().String())
	require.NoError(t, err)
	defer a.Close()
	b, err := l.Accept()
	require.NoError(t, err)
	defer b.Close()
	return describe(do(w, l, a.(endpoint), b.(endpoint)), strings.NewReplacer(
		a.LocalAddr().String(), "A", b.LocalAddr().String(), "B",
	))
}

func describe(err error, addresses *strings.Replacer) string {
	if err == nil {
		return "no error"
	}
	about := addresses.Replace(err.Error())
	for name, target := range map[string]error{
		"EOF": io.EOF, "closed": net.ErrClosed, "deadline": os.ErrDeadlineExceeded,
		"canceled": context.Canceled, "context deadline": context.DeadlineExceeded,
		"ECONNRESET": syscall.ECONNRESET, "EPIPE": syscall.EPIPE, "ENOTCONN": syscall.ENOTCONN,
		"ECONNREFUSED": syscall.ECONNREFUSED, "EADDRINUSE": syscall.EADDRINUSE,
	} {
		about += fmt.Sprintf("\n%s %v", name, errors.Is(err, target))
	}
	lines := strings.Split(about, "\n")
	slices.Sort(lines[1:])
	about = strings.Join(lines, "\n")
	if ne, ok := errors.AsType[net.Error](err); ok {
		passing, _ := ne.(interface{ Temporary() bool }) // deprecated, and still what http.Server asks
		about += fmt.Sprintf("\ntimeout %v, temporary %v", ne.Timeout(), passing.Temporary())
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		about += fmt.Sprintf("\n%s of %s from %v to %v", op.Op, op.Net, op.Source != nil, op.Addr != nil)
	}
	return about + fmt.Sprintf("\ncall %v, address %v, network %v", is[*os.SyscallError](err), is[*net.AddrError](err),
		is[net.UnknownNetworkError](err))
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// past is a deadline that has passed on every clock.
var past = time.Unix(1, 0)

func read(c net.Conn) error {
	_, err := c.Read(make([]byte, 1))
	return err
}

func write(c net.Conn) error {
	_, err := c.Write(make([]byte, 1))
	return err
}

func dial(ctx context.Context, w world, network, addr string) error {
	c, err := w.dial(ctx, network, addr)
	if err == nil {
		return c.Close()
	}
	return err
}
