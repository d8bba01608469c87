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

// served returns a proxy on a TCP port, in front of an upstream whose connections f serves, and a
// connection to the proxy.
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

// readString reads n bytes, and fails the test if they do not come.
func readString(t *testing.T, c io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	return string(b)
}

// The proxy responds to a request that arrives during another exchange, even if no more bytes
// follow.
func TestRequestDuringAnExchangeGetsAResponse(t *testing.T) {
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

// The proxy does not wait for an upstream that has closed its side of an idle connection unnoticed.
func TestUpstreamThatClosedUnnoticedIsReplaced(t *testing.T) {
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
		_, _ = io.Copy(io.Discard, up) // the upstream reads on, but never responds
	})
	for range 3 {
		_, err := io.WriteString(client, getRequest)
		require.NoError(t, err)
		assert.Equal(t, okAnswer, readString(t, client, len(okAnswer)))
		<-ended
	}
	assert.Equal(t, 3, p.Journal().Sends())
}

// oneByOne is an upstream that reports each request, and responds when it is told to.
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

// A client that sends all its requests at once and then closes its sending side gets all responses.
func TestPipelinedRequestsOfAHalfClosedClient(t *testing.T) {
	asked, answer := make(chan bool), make(chan string)
	p, client := served(t, oneByOne(asked, answer))
	_, err := io.WriteString(client, getRequest+getRequest)
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	<-asked
	require.Eventually(t, func() bool { // until the proxy has noticed
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

// ended waits until the proxy has no exchange in flight, and returns how the last one ended.
func ended(t *testing.T, p *Proxy) string {
	t.Helper()
	require.Eventually(t, func() bool { return p.Journal().Sends() > 0 && p.Journal().InFlight() == 0 }, time.Minute,
		time.Millisecond)
	records := p.Journal().Records()
	return records[len(records)-1].Ended
}

// The record tells whether the client or the upstream ended an exchange, even if the kernel moves
// its body.
func TestSplicedExchangeTellsWhichSideEndedIt(t *testing.T) {
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

// The proxy notices a client that leaves during a shutdown.
func TestClientLeavingDuringShutdownIsNoticed(t *testing.T) {
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
