package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tcpPair is a TCP connection, both ends.
func tcpPair(t *testing.T) (near, far *net.TCPConn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	near, far = c.(*net.TCPConn), s.(*net.TCPConn)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

// readN reads so many bytes, which must come.
func readN(t *testing.T, c io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	return string(b)
}

// noAlarms sets alarms that never ring.
type noAlarms struct{}

func (noAlarms) Set(a *Alarm) { a.Set(0) }

// heldAlarms sets alarms and then waits until the test receives.
type heldAlarms chan struct{}

func (h heldAlarms) Set(a *Alarm) {
	a.Set(0)
	h <- struct{}{}
}

// The socket buffers take a part of the message only.
func TestWriteReadSendsMoreThanTheBuffersHold(t *testing.T) {
	near, far := tcpPair(t)
	in := NewReader(near)
	in.Raw = NewRawConn(near, in, noAlarms{})
	require.NotNil(t, in.Raw)
	message := []byte(strings.Repeat("0123456789abcdef", 1<<20))
	got := make(chan []byte, 1)
	go func() {
		b := make([]byte, len(message))
		_, _ = io.ReadFull(far, b)
		got <- b
		_, _ = io.WriteString(far, "answer")
	}()
	sent := 0
	require.NoError(t, in.WriteRead(near, message, func(n int, err error) bool { sent = n; return err == nil }))
	assert.True(t, bytes.Equal(message, <-got))
	assert.Equal(t, len(message), sent)
	assert.Equal(t, "answer"[:len(in.Buffered())], string(in.Buffered()))
}

func TestWriteReadFailsOnAClosedConnection(t *testing.T) {
	near, _ := tcpPair(t)
	in := NewReader(near)
	in.Raw = NewRawConn(near, in, noAlarms{})
	require.NoError(t, near.Close())
	var failed error
	require.NoError(t, in.WriteRead(near, []byte("x"), func(n int, err error) bool { failed = err; return false }))
	require.ErrorIs(t, failed, net.ErrClosed)
	require.ErrorIs(t, in.WriteRead(near, []byte("x"), nil), net.ErrClosed)
}

// The end may come from either side.
func TestWriteReadEndsWhenTheConnectionEnds(t *testing.T) {
	for name, end := range map[string]func(near, far *net.TCPConn){
		"closed here":  func(near, _ *net.TCPConn) { _ = near.Close() },
		"closed there": func(_, far *net.TCPConn) { _ = far.Close() },
		"reset there":  func(_, far *net.TCPConn) { ResetConn(far) },
	} {
		t.Run(name, func(t *testing.T) {
			near, far := tcpPair(t)
			in := NewReader(near)
			in.Raw = NewRawConn(near, in, noAlarms{})
			go func() {
				readN(t, far, 1)
				end(near, far)
			}()
			err := in.WriteRead(near, []byte("x"), nil)
			require.Error(t, err)
			assert.False(t, errors.Is(err, io.ErrNoProgress))
		})
	}
}

// The sweeper may ring when the alarm is set and nothing is written yet.
func TestInterruptBeforeWriteReadStillWrites(t *testing.T) {
	for name, sent := range map[string]func(n int, err error) bool{
		"before a read": nil,
		"before an end": func(_ int, err error) bool { return assert.NoError(t, err) && false },
	} {
		t.Run(name, func(t *testing.T) {
			near, far := tcpPair(t)
			held := make(heldAlarms)
			in := NewReader(near)
			in.Raw = NewRawConn(near, in, held)
			go func() {
				_, _ = io.ReadFull(far, make([]byte, 1))
				_, _ = io.WriteString(far, "y")
			}()
			done := make(chan error, 1)
			go func() { done <- in.WriteRead(near, []byte("x"), sent) }()
			require.Eventually(t, func() bool { return in.Raw.Alarm.state.Load() == alarmSet }, time.Minute,
				time.Millisecond)
			in.Raw.Interrupt()
			<-held
			require.NoError(t, <-done)
		})
	}
}
