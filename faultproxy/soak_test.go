package faultproxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// mixed returns rules that act on about half of all requests, in every way.
func mixed(t *testing.T) (rules []faultproxy.Rule) {
	for _, fault := range []string{
		"respond: {status: 503}", "timeout: 1ms", "latency: {delay: 1ms}", "reset_peer: {after_bytes: 3}",
		"reset_peer: {at: request_body, after_bytes: 1}",
		"reset_peer: {at: response_head, after_bytes: 9}", "close_early: {after_bytes: 2}", "corrupt: {}",
		"slicer: {size: 100}", "duplicate: {}",
		"idle_close: {}", "after_upstream: true, timeout: 1ms", "reset_peer: {at: accept}", "bandwidth: {rate: 1MiB}",
	} {
		r, err := faultproxy.ParseRule("probability: 0.05, " + fault)
		require.NoError(t, err)
		rules = append(rules, r)
	}
	return rules
}

func TestManyConnectionsAndMixedFaultsLeaveNothingBehind(t *testing.T) {
	for _, digest := range []bool{false, true} {
		soak(t, digest, 50, func(turn int) bool { return turn < 16 })
	}
}

func TestSoak(t *testing.T) {
	text := os.Getenv("S3CHAOS_SOAK")
	if text == "" {
		t.Skip("takes half a minute of both processors: S3CHAOS_SOAK=30s runs it")
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	var end atomic.Pointer[time.Time] // set in the first turn, so that each half lasts equally long
	soak(t, false, 2000, func(turn int) bool {
		if end.Load() == nil {
			at := time.Now().Add(d / 2)
			end.CompareAndSwap(nil, &at)
		}
		return time.Now().Before(*end.Load())
	}, func() { end.Store(nil) })
}

// soak puts a load with mixed faults on a proxy, twice, and then checks that no goroutine, no file
// descriptor and no memory is left over. For the memory it compares the second half with the first.
// Each connection takes turns while more returns true; soak calls between after the first half. One
// body in ten is so large that the kernel moves it, unless digest is set. One request in eight is
// answered before its body was read, and its connection closed.
func soak(t *testing.T, digest bool, conns int, more func(turn int) bool, between ...func()) {
	t.Helper()
	usesNetwork(t)
	descriptors, goroutines := openFiles(t), runtime.NumGoroutine()
	var asked atomic.Int64
	up := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%8 == 0 {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		echo.ServeHTTP(w, r)
	})}
	upListener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	upServed := make(chan error, 1)
	go func() { upServed <- up.Serve(upListener) }()
	p, err := faultproxy.New(faultproxy.Config{
		Upstream: upListener.Addr().String(), Rules: mixed(t), Digest: digest,
		JournalLimit: 1000,
	})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()

	var heap [2]uint64
	var sent atomic.Int64
	for half := range heap {
		var group sync.WaitGroup
		for worker := range conns {
			group.Go(func() {
				for turn := 0; more(turn); turn++ {
					sent.Add(int64(visit(t, l.Addr().String(), worker, turn)))
				}
			})
		}
		group.Wait()
		require.Eventually(t, func() bool { return p.Journal().InFlight() == 0 }, time.Minute, time.Millisecond)
		heap[half] = heapInUse()
		for _, f := range between {
			f()
		}
	}
	t.Logf("%d requests were sent, %d arrived; %d KiB of memory after one half, %d KiB after both", sent.Load(),
		p.Journal().Sends(), heap[0]>>10, heap[1]>>10)
	assert.Less(t, heap[1], heap[0]+2<<20, "memory grows")
	assert.GreaterOrEqual(t, int64(p.Journal().Sends()), sent.Load()*9/10, "the load did not arrive")
	for i, fired := range p.Rules().Fired() {
		assert.NotZero(t, fired, "rule %d", i+1)
	}

	require.NoError(t, p.Close())
	require.ErrorIs(t, <-served, faultproxy.ErrClosed)
	require.NoError(t, up.Close())
	require.ErrorIs(t, <-upServed, http.ErrServerClosed)
	assert.Zero(t, p.Journal().InFlight())
	for _, r := range p.Journal().Records() {
		if !r.Done || r.Ended == "" || r.End < r.At {
			t.Errorf("a record that is not completed: %+v", r)
		}
	}
	for wait := time.Now(); openFiles(t) > descriptors ||
		runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Since(wait) > time.Minute {
			t.Fatalf("%d descriptors, %d before; %d goroutines, %d before", openFiles(t), descriptors,
				runtime.NumGoroutine(), goroutines)
		}
	}
}

// usesNetwork makes the runtime open the descriptors that it keeps for the network, if no test has
// yet.
func usesNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
}

// visit opens a connection, sends up to four requests, and closes or resets it. It returns how many
// requests were sent completely.
func visit(t *testing.T, addr string, worker, turn int) (sent int) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		assert.ErrorIs(t, err, syscall.ECONNRESET) // reset at accept
		return 0
	}
	defer c.Close()
	if turn%3 == 0 {
		_ = c.(*net.TCPConn).SetLinger(0) // leave with a reset
	}
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	in := bufio.NewReader(c)
	for i := range 4 {
		size := 1 + (worker*7+turn*3+i)%9000
		if (worker+turn+i)%10 == 0 {
			size += 200_000
		}
		body := strings.Repeat("x", size)
		_, err := fmt.Fprintf(c, "PUT /demo/%d-%d-%d HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", worker, turn,
			i, len(body), body)
		if err != nil {
			return sent
		}
		sent++
		if (worker+turn)%7 == 6 {
			return sent // before the response
		}
		resp, err := http.ReadResponse(in, nil)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
		}
		if err != nil || resp.Close {
			assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the proxy stalled")
			return sent
		}
	}
	return sent
}

// openFiles returns the number of file descriptors of the process.
func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("descriptors cannot be counted here: ", err)
	}
	return len(list)
}

// heapInUse returns the reachable memory in bytes.
func heapInUse() uint64 {
	runtime.GC() // the second collection frees what finalizers and pools held
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAClientThatLeavesOnTCPEndsTheUpstreamsWork(t *testing.T) {
	arrived, left := make(chan struct{}), make(chan struct{})
	_, url, _ := onTCP(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(left)
	}), faultproxy.Config{})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(c, get)
	require.NoError(t, err)
	<-arrived
	require.NoError(t, c.(*net.TCPConn).SetLinger(0))
	require.NoError(t, c.Close())
	<-left
}
