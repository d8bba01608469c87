package faultproxy_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

const bigPut = "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"

// early is an upstream that responds as soon as it has read a request's head. It reads nothing
// more, and keeps the connection open.
func (r *rig) early(answer string) (stop func()) {
	up, err := r.network.Listen("up:80")
	require.NoError(r.t, err)
	done := make(chan struct{})
	var conns []net.Conn
	go func() {
		defer close(done)
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, answer)
		}
	}()
	return func() {
		_ = up.Close()
		<-done
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// The upstream may respond before the end of the request's body. The client gets the whole
// response, under every fault that delays it.
func TestEarlyResponseReachesTheClientUnderAllFaults(t *testing.T) {
	const nope = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope"
	for rule, want := range map[string]struct {
		got    string // start of the response
		ended  string
		status int
	}{
		"optional: true, match: {key: other}, respond: {}": {nope, "complete", 403},
		"latency: {delay: 1s, before: response}":           {nope, "complete", 403},
		"slicer: {size: 2, delay: 1s}":                     {nope, "complete", 403},
		"bandwidth: {rate: 2}":                             {nope, "complete", 403},
		"reset_peer: {after_bytes: 2, hold: 1s}":           {strings.TrimSuffix(nope, "pe"), "reset", 403},
		"reset_peer: {at: response_head, after_bytes: 4}":  {"HTTP", "reset", 0},
		"close_early: {after_bytes: 2}":                    {strings.TrimSuffix(nope, "pe"), "closed", 403},
		"after_upstream: true, respond: {status: 500}":     {"HTTP/1.1 500 ", "complete", 500},
		"after_upstream: true, timeout: 2s":                {"", "timeout", 0},
	} {
		for name, request := range map[string]string{
			"a body":          bigPut + strings.Repeat("x", 1000000),
			"an expectation ": "PUT /demo/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
		} {
			t.Run(rule+" "+name, func(t *testing.T) {
				inRig(t, nil, []string{rule}, func(r *rig) {
					stop := r.early(nope)
					got, _, _ := r.talk(request)
					stop()
					synctest.Wait() // the record may be completed at the same instant
					start := want.got
					if name != "a body" { // the client does not send the body any more
						start = strings.Replace(start, "4\r\n\r\n", "4\r\nConnection: close\r\n\r\n", 1)
					}
					assert.True(t, strings.HasPrefix(got, start) &&
						(len(got) == len(start) || want.status == 500), "%q", got)
					rec := r.record()
					assert.Equal(t, want.ended, rec.Ended)
					assert.Equal(t, want.status, rec.Status)
					assert.Equal(t, 403, rec.UpstreamStatus)
				})
			})
		}
	}
}

// The response's buffer is not used by other exchanges while it is sent slowly.
func TestEarlyResponseKeepsItsBuffer(t *testing.T) {
	answer := "HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("A", 1000)
	inRig(t, nil, []string{"match: {operation: PutObject}, slicer: {size: 10, delay: 1s}"}, func(r *rig) {
		defer r.early(answer)()
		c := r.dial()
		defer c.Close()
		go func() { _, _ = io.WriteString(c, bigPut+strings.Repeat("x", 1000000)) }()
		time.Sleep(5 * time.Second)
		for range 20 { // other requests, whose heads fill buffers
			d := r.dial()
			defer d.Close()
			_, err := io.WriteString(d,
				"GET /demo/other HTTP/1.1\r\nHost: h\r\nAuthorization: "+strings.Repeat("SECRET-", 300)+"\r\n")
			require.NoError(t, err)
		}
		time.Sleep(time.Second)
		got, _, _ := r.talkOver(c, "")
		assert.Equal(t, answer, got)
	})
}

// The same on TCP, where the kernel moves the body.
func TestEarlyResponseReachesTheClientOnTCP(t *testing.T) {
	for rule, want := range map[string]struct {
		status int // 0: no response
		body   string
		ended  string
	}{
		"optional: true, match: {key: other}, respond: {}": {412, "0123456789", "complete"},
		"after_upstream: true, respond: {status: 500}":     {500, "", "complete"},
		"after_upstream: true, timeout: 1ms":               {0, "", "timeout"},
		"slicer: {size: 3, delay: 1ms}":                    {412, "0123456789", "complete"},
		"latency: {delay: 1ms, before: response}":          {412, "0123456789", "complete"},
		"reset_peer: {after_bytes: 1, hold: 1ms}":          {412, "", "reset"},
		"duplicate: {}": {412, "0123456789", "complete"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r, err := faultproxy.ParseRule(rule)
			require.NoError(t, err)
			p, url, client := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(412)
				_, _ = io.WriteString(w, "0123456789")
			}), faultproxy.Config{Rules: []faultproxy.Rule{r}})
			req, err := http.NewRequest(http.MethodPut, url+"/demo/a", bytes.NewReader(make([]byte, 20<<20)))
			require.NoError(t, err)
			resp, err := client.Do(req)
			switch {
			case want.status == 0:
				require.Error(t, err)
			case want.ended == "reset" && err != nil: // a reset may discard the bytes before it
			default:
				require.NoError(t, err)
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, resp.Body.Close())
				assert.Equal(t, want.status, resp.StatusCode)
				assert.Equal(t, want.ended == "reset", err != nil)
				if want.body != "" {
					assert.Equal(t, want.body, string(body))
				}
			}
			settled(t, p)
			rec := p.Journal().Records()[0]
			assert.Equal(t, want.ended, rec.Ended)
			assert.Equal(t, 412, rec.UpstreamStatus)
		})
	}
}

// If the upstream closes during an upload, the record says upstream_error, not client_gone.
func TestUpstreamClosingDuringAnUploadIsUpstreamError(t *testing.T) {
	for _, digest := range []bool{false, true} {
		for _, end := range []string{"reset", "close"} {
			t.Run(fmt.Sprint(end, digest), func(t *testing.T) {
				up, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				defer up.Close()
				go func() {
					for {
						c, err := up.Accept()
						if err != nil {
							return
						}
						_, _ = io.CopyN(io.Discard, c, 1<<20)
						if end == "reset" {
							_ = c.(*net.TCPConn).SetLinger(0)
						}
						_ = c.Close()
					}
				}()
				p, url, client := inFront(t, up.Addr().String(), faultproxy.Config{Digest: digest})
				req, err := http.NewRequest(http.MethodPut, url+"/demo/a", bytes.NewReader(make([]byte, 20<<20)))
				require.NoError(t, err)
				resp, err := client.Do(req)
				require.NoError(t, err)
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.Equal(t, 502, resp.StatusCode)
				assert.Contains(t, string(body), "<Code>BadGateway</Code>")
				settled(t, p)
				rec := p.Journal().Records()[0]
				assert.Equal(t, "upstream_error", rec.Ended)
				assert.Equal(t, 502, rec.Status)
			})
		}
	}
}

// The same for a client that sends its body slowly.
func TestUpstreamClosingDuringASlowUploadIsUpstreamError(t *testing.T) {
	inRig(t, nil, nil, func(r *rig) {
		up, err := r.network.Listen("up:80")
		require.NoError(t, err)
		go func() {
			c, err := up.Accept()
			if err == nil {
				_, _ = c.Read(make([]byte, 100))
				_ = c.Close()
			}
		}()
		defer up.Close()
		c := r.dial()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.WriteString(c, bigPut)
			for range 100 {
				time.Sleep(time.Second)
				if _, err := io.WriteString(c, strings.Repeat("x", 10000)); err != nil {
					return
				}
			}
		}()
		got, end, _ := r.talkOver(c, "")
		assert.Contains(t, got, "HTTP/1.1 502 ")
		assert.Equal(t, eof, end)
		synctest.Wait()
		assert.Equal(t, "upstream_error", r.record().Ended)
		<-sent // the client has closed its connection
	})
}

// The proxy does not know how many bytes of the body it has lost, so it never reads the next bytes
// as a request.
func TestLostBodyBytesAreNotReadAsARequest(t *testing.T) {
	for range 5 {
		p, url, _ := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPut {
				_, _ = io.Copy(io.Discard, r.Body)
				return
			}
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.CopyN(io.Discard, c, 1<<20)
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}), faultproxy.Config{})
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		require.NoError(t, err)
		inner := strings.Repeat("GET /secret HTTP/1.1\r\nHost: h\r\n\r\n", 1<<15)
		go func() {
			defer c.(*net.TCPConn).CloseWrite()
			fmt.Fprintf(c, "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", 20<<20)
			_, _ = io.WriteString(c, strings.Repeat("x", 20<<20))
			fmt.Fprintf(c, "POST /demo/b HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner)
		}()
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
		settled(t, p)
		for _, rec := range p.Journal().Records() {
			assert.NotContains(t, rec.Target, "secret")
			assert.NotEqual(t, "bad_request", rec.Ended)
		}
	}
}

// A request that must not be sent twice is not sent on a connection that the upstream has closed
// while it was idle.
func TestRequestSentOnceAvoidsADeadIdleConnection(t *testing.T) {
	for name, request := range map[string]string{
		"a large body": "PUT /demo/l HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
			strings.Repeat("x", 100000),
		"a POST": "POST /demo/l?uploads HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name+" in memory", func(t *testing.T) {
			inRig(t, nil, nil, func(r *rig) {
				up, err := r.network.Listen("up:80")
				require.NoError(t, err)
				ended := make(chan struct{})
				go func() { defer close(ended); answerOnce(up, nil) }()
				c := r.dial()
				defer c.Close()
				r.talkUntil(c, get, time.Second)
				got, _, _ := r.talkOver(c, request)
				assert.Equal(t, okAnswer, got)
				require.NoError(t, up.Close())
				<-ended
			})
		})
		t.Run(name+" on TCP", func(t *testing.T) {
			up, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer up.Close()
			closed := make(chan struct{}, 2)
			go answerOnce(up, closed)
			_, url, _ := inFront(t, up.Addr().String(), faultproxy.Config{})
			c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			require.NoError(t, err)
			defer c.Close()
			for _, send := range []string{get, request} {
				_, err = io.WriteString(c, send)
				require.NoError(t, err)
				got := make([]byte, len(okAnswer))
				_, err = io.ReadFull(c, got)
				require.NoError(t, err)
				assert.Equal(t, okAnswer, string(got))
				<-closed
			}
		})
	}
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// answerOnce responds to one request on each connection and closes it, without a header that
// announces the close.
func answerOnce(l net.Listener, closed chan<- struct{}) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(c, okAnswer)
		}
		_ = c.Close()
		if closed != nil {
			closed <- struct{}{}
		}
	}
}

// A client that has closed its sending side may still read the response. The proxy notices a client
// that has left, whatever it waits for.
func TestHalfClosedClientOnTCPGetsItsResponseAndALeavingOneIsNoticed(t *testing.T) {
	r, err := faultproxy.ParseRule("latency: {delay: 50ms}")
	require.NoError(t, err)
	p, url, _ := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{r}})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, get)
	require.NoError(t, err)
	require.NoError(t, c.(*net.TCPConn).CloseWrite())
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Contains(t, string(got), "HTTP/1.1 200 OK")
	settled(t, p)
	assert.Equal(t, "complete", p.Journal().Records()[0].Ended)
}

func TestAClientThatLeavesASilentUpstreamIsNoticed(t *testing.T) {
	block := make(chan struct{})
	p, url, client := onTCP(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }),
		faultproxy.Config{})
	defer close(block)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/demo/a", http.NoBody)
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() {
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	require.Eventually(t, func() bool { return p.Journal().InFlight() == 1 }, time.Minute, time.Millisecond)
	cancel()
	require.Error(t, <-failed)
	settled(t, p)
	assert.Equal(t, "client_gone", p.Journal().Records()[0].Ended)
}

func TestAClientThatLeavesASilentBodyIsNoticed(t *testing.T) {
	for name, length := range map[string]string{"by length": "100", "in chunks": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := make(chan struct{})
			p, url, client := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				_, _ = io.WriteString(w, "hello")
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
				close(left)
			}), faultproxy.Config{})
			resp, err := client.Get(url + "/demo/a")
			require.NoError(t, err)
			_, err = io.ReadFull(resp.Body, make([]byte, 5))
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			settled(t, p)
			<-left
			assert.Equal(t, "client_gone", p.Journal().Records()[0].Ended)
		})
	}
}

// A duplicate whose upstream does not read ends when its client leaves.
func TestADuplicateEndsWithItsClient(t *testing.T) {
	inRig(t, nil, []string{"duplicate: {}"}, func(r *rig) {
		stop := r.early("")
		c := r.dial()
		_, err := io.WriteString(c, bigPut+strings.Repeat("x", 1000000))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.Equal(t, 1, r.proxy.Journal().InFlight())
		require.NoError(t, c.Close())
		time.Sleep(time.Second)
		assert.Zero(t, r.proxy.Journal().InFlight())
		stop()
	})
}

type panicConn struct{ net.Conn }

func (panicConn) Write([]byte) (int, error) { panic("this cannot be written to") }

// A panic ends the connections and sets Proxy.Err. The process goes on.
func TestPanicFailsTheProxyOnly(t *testing.T) {
	for _, size := range []int{0, 100000} {
		inRig(t, always(hello), nil, func(r *rig) {
			p, err := faultproxy.New(faultproxy.Config{
				Upstream: "up:80",
				Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					c, err := r.network.DialContext(ctx, network, addr)
					return panicConn{c}, err
				},
			})
			require.NoError(t, err)
			l, err := r.network.Listen("panic:80")
			require.NoError(t, err)
			served := make(chan error, 1)
			go func() { served <- p.Serve(l) }()
			c, err := r.network.DialContext(t.Context(), "tcp", "panic:80")
			require.NoError(t, err)
			defer c.Close()
			_, err = fmt.Fprintf(c, "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", size,
				strings.Repeat("x", size))
			require.True(t, err == nil || size > 0, "%v", err)
			_, err = io.ReadAll(c)
			require.True(t, err == nil || !errors.Is(err, net.ErrClosed))
			<-p.Failed()
			require.ErrorIs(t, p.Err(), faultproxy.ErrPanic)
			require.ErrorContains(t, p.Err(), "this cannot be written to")
			require.NoError(t, p.Close())
			require.ErrorIs(t, <-served, faultproxy.ErrClosed)
			assert.True(t, p.Journal().Records()[0].Done)
		})
	}
}

// FuzzEarly lets the upstream respond after some bytes of a request, and then wait, close, reset or
// read on, under any fault. Bytes of a body must never become a request, and the next request gets
// a response or its connection ends.
func FuzzEarly(f *testing.F) {
	rules := []string{
		"optional: true, match: {key: other}, respond: {}", "latency: {delay: 1s, before: response}",
		"slicer: {size: 2, delay: 1s}",
		"reset_peer: {at: request_body, after_bytes: 40}", "after_upstream: true, respond: {status: 500}",
		"duplicate: {}", "respond: {early: true}",
		"corrupt: {in: request}", "close_early: {after_bytes: 2}",
	}
	for rule := range rules {
		for how := range 4 {
			f.Add(uint32(100_000), uint16(300), uint8(how), uint8(rule), rule%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, size uint32, after uint16, how, rule uint8, chunked bool) {
		size %= 300_000
		inRig(t, nil, []string{rules[int(rule)%len(rules)]}, func(r *rig) {
			up, err := r.network.Listen("up:80")
			require.NoError(t, err)
			var group sync.WaitGroup
			var conns []net.Conn
			group.Go(func() {
				for {
					c, err := up.Accept()
					if err != nil {
						return
					}
					conns = append(conns, c)
					group.Go(func() {
						_, _ = io.ReadFull(c, make([]byte, 60+int(after))) // more bytes than the second request has
						_, _ = io.WriteString(c, okAnswer)
						switch how % 4 {
						case 1:
							_ = c.Close()
						case 2:
							_ = c.(*memnet.Conn).Reset()
						case 3:
							_, _ = io.Copy(io.Discard, c)
						}
					})
				}
			})
			body := strings.Repeat(smuggled, int(size)/len(smuggled))
			framed := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
			if chunked {
				framed = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
			}
			r.talk("PUT /demo/first HTTP/1.1\r\nHost: h\r\n" + framed +
				"DELETE /demo/second HTTP/1.1\r\nHost: h\r\n\r\n")
			_ = up.Close()
			for _, c := range conns {
				_ = c.Close()
			}
			group.Wait()
			synctest.Wait()
			for i, rec := range r.records() {
				if want := []string{"/demo/first", "/demo/second"}; i >= len(want) || rec.Target != want[i] {
					t.Errorf("request %d is %s %s", i+1, rec.Method, rec.Target)
				}
			}
		})
	})
}

// The upstream closes the idle connection between the head and the body of a request.
func TestBodyAfterTheUpstreamClosedIsSentAgain(t *testing.T) {
	inRig(t, nil, nil, func(r *rig) {
		up, err := r.network.Listen("up:80")
		require.NoError(t, err)
		var group sync.WaitGroup
		group.Go(func() {
			for {
				c, err := up.Accept()
				if err != nil {
					return
				}
				group.Go(func() {
					defer c.Close()
					if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
						_, _ = io.Copy(io.Discard, req.Body)
						_, _ = io.WriteString(c, okAnswer)
						time.Sleep(time.Second)
					}
				})
			}
		})
		c := r.dial()
		r.talkUntil(c, get, 500*time.Millisecond)
		_, err = io.WriteString(c, "POST /demo/a?uploadId=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		got, _, _ := r.talkOver(c, "hello")
		assert.Equal(t, okAnswer, got)
		_ = c.Close()
		require.NoError(t, up.Close())
		time.Sleep(time.Second)
		group.Wait()
	})
}
