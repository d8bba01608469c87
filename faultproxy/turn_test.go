package faultproxy

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// served is a proxy on a TCP port in front of an upstream whose connections f serves, and a
// connection to it.
func served(t *testing.T, f func(up *net.TCPConn)) (p *Proxy, client *net.TCPConn) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = up.Close() })
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c.(*net.TCPConn))
			}()
		}
	}()
	p, err = New(Config{Upstream: up.Addr().String()})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- p.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, p.Close())
		require.ErrorIs(t, <-done, ErrClosed)
	})
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return p, c.(*net.TCPConn)
}

const (
	getRequest = "GET /demo/a HTTP/1.1\r\nHost: h\r\n\r\n"
	okAnswer   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

// readString reads so many bytes, which must come.
func readString(t *testing.T, c io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	return string(b)
}

// A request that comes while another is under way, and nothing after it, is answered all the same.
func TestARequestSentOutOfTurnIsAnswered(t *testing.T) {
	for name, second := range map[string]func(c *net.TCPConn) string{
		"a request": func(c *net.TCPConn) string { _, _ = io.WriteString(c, getRequest); return okAnswer },
		"an end":    func(c *net.TCPConn) string { _ = c.CloseWrite(); return "" },
	} {
		t.Run(name, func(t *testing.T) {
			asked, answer := make(chan bool), make(chan bool)
			_, client := served(t, func(up *net.TCPConn) {
				in := wire.NewReader(up)
				for {
					n, err := in.AwaitHead()
					if err != nil {
						return
					}
					in.Advance(n)
					asked <- true
					<-answer
					_, _ = io.WriteString(up, okAnswer)
				}
			})
			_, err := io.WriteString(client, getRequest)
			require.NoError(t, err)
			<-asked
			want := second(client)
			answer <- true
			assert.Equal(t, okAnswer, readString(t, client, len(okAnswer)))
			if want != "" {
				<-asked
				answer <- true
				assert.Equal(t, want, readString(t, client, len(want)))
				require.NoError(t, client.CloseWrite())
			}
			rest, err := io.ReadAll(client)
			require.NoError(t, err)
			assert.Empty(t, rest)
		})
	}
}

// An upstream that has ended its side of an idle connection, unseen, is not waited for.
func TestAnUpstreamThatEndedUnseenIsNotWaitedFor(t *testing.T) {
	ended := make(chan bool, 1)
	p, client := served(t, func(up *net.TCPConn) {
		in := wire.NewReader(up)
		n, err := in.AwaitHead()
		if err != nil {
			return
		}
		in.Advance(n)
		_, _ = io.WriteString(up, okAnswer)
		_ = up.CloseWrite()
		ended <- true
		_, _ = io.Copy(io.Discard, up) // it reads on, but never answers
	})
	for range 3 {
		_, err := io.WriteString(client, getRequest)
		require.NoError(t, err)
		assert.Equal(t, okAnswer, readString(t, client, len(okAnswer)))
		<-ended
	}
	assert.Equal(t, 3, p.Journal().Sends())
}

// oneByOne is an upstream that tells of each request and answers it when told to.
func oneByOne(asked chan<- bool, answer <-chan string) func(up *net.TCPConn) {
	return func(up *net.TCPConn) {
		in := wire.NewReader(up)
		for {
			n, err := in.AwaitHead()
			if err != nil {
				return
			}
			in.Advance(n)
			asked <- true
			_, _ = io.WriteString(up, <-answer)
		}
	}
}

// A client that has sent all its requests at once, and will send no more, gets all its answers.
func TestPipelinedRequestsOfAHalfClosedClient(t *testing.T) {
	asked, answer := make(chan bool), make(chan string)
	p, client := served(t, oneByOne(asked, answer))
	_, err := io.WriteString(client, getRequest+getRequest)
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	<-asked
	require.Eventually(t, func() bool { // until it is known
		p.mu.Lock()
		defer p.mu.Unlock()
		for c := range p.live {
			return c.watch.eof.Load()
		}
		return false
	}, time.Minute, time.Millisecond)
	answer <- okAnswer
	<-asked
	answer <- okAnswer
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	assert.Equal(t, okAnswer+okAnswer, string(got))
}

// ended waits until a proxy has nothing in flight and returns how the last exchange ended.
func ended(t *testing.T, p *Proxy) string {
	t.Helper()
	require.Eventually(t, func() bool { return p.Journal().Sends() > 0 && p.Journal().InFlight() == 0 }, time.Minute,
		time.Millisecond)
	records := p.Journal().Records()
	return records[len(records)-1].Ended
}

// Who ended an exchange is known too where the kernel moves its body.
func TestWhoEndedAnExchangeThatTheKernelMoves(t *testing.T) {
	t.Run("the proxy", func(t *testing.T) {
		p, client := served(t, func(up *net.TCPConn) {
			_, _ = up.Read(make([]byte, 1000))
			_, _ = io.WriteString(up, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 200000))
			_, _ = io.Copy(io.Discard, up)
		})
		_, err := io.WriteString(client, getRequest)
		require.NoError(t, err)
		readString(t, client, 200000)
		p.cutAll(journal.EndReset, nil)
		assert.Equal(t, journal.EndReset, ended(t, p))
	})
	t.Run("the client", func(t *testing.T) {
		moved := make(chan bool)
		p, client := served(t, func(up *net.TCPConn) {
			_, _ = io.ReadFull(up, make([]byte, 200000))
			moved <- true
			_, _ = io.Copy(io.Discard, up)
		})
		_, err := io.WriteString(client,
			"PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 300000))
		require.NoError(t, err)
		<-moved
		wire.ResetConn(client)
		assert.Equal(t, journal.EndClientGone, ended(t, p))
	})
}

// Who leaves while a proxy shuts down is noticed as ever.
func TestAClientThatLeavesDuringShutdown(t *testing.T) {
	asked, answer := make(chan bool), make(chan string)
	p, client := served(t, oneByOne(asked, answer))
	_, err := io.WriteString(client, getRequest)
	require.NoError(t, err)
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(t.Context()) }()
	<-p.closing
	wire.ResetConn(client)
	require.NoError(t, <-stopped)
	assert.Equal(t, journal.EndClientGone, ended(t, p))
	answer <- ""
}
