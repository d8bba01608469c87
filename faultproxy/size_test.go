package faultproxy_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/internal/racing"
)

// flow is a body that is generated while it is read. It measures how much memory is in use.
type flow struct {
	left, mark int64
	peak       *atomic.Uint64
}

func (f *flow) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	if f.left <= f.mark {
		f.mark = f.left - 32<<20
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if in := m.HeapInuse; in > f.peak.Load() {
			f.peak.Store(in)
		}
	}
	n := min(int64(len(p)), f.left)
	f.left -= n
	return int(n), nil
}

// Bodies of any size pass in constant memory. S3CHAOS_BODY=5GiB makes them as large as the largest
// that S3 accepts.
func TestBodiesOfAnySizePassInConstantMemory(t *testing.T) {
	if racing.On {
		t.Skip("it moves hundreds of MiB, which the race detector makes slow")
	}
	var size int64
	resize := func(usual faultproxy.Size) {
		if text := os.Getenv("S3CHAOS_BODY"); text != "" {
			parsed, err := faultproxy.ParseSize(text)
			require.NoError(t, err)
			usual = parsed
		}
		size = int64(usual)
	}
	const bound = 32 << 20
	var peak atomic.Uint64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			n, err := io.Copy(io.Discard, r.Body)
			_, _ = fmt.Fprintf(w, "%d %v", n, err)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(size))
		_, _ = io.Copy(w, &flow{size, size, &peak})
	})
	transfer := func(t *testing.T, usual faultproxy.Size, client *http.Client, url string,
		journal *faultproxy.Journal,
	) {
		resize(usual)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak.Store(0)
		for _, length := range []int64{size, -1} { // -1: chunked
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/demo/a", &flow{size, size, &peak})
			require.NoError(t, err)
			req.ContentLength = length
			resp, err := client.Do(req)
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, fmt.Sprintf("%d <nil>", size), string(got))
		}
		resp, err := client.Get(url + "/demo/a")
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, size, n)
		require.NotZero(t, peak.Load())
		assert.Less(t, peak.Load(), m.HeapInuse+bound, "memory in use grew with the body")
		t.Logf("%v a body: %v in use before, %v at most", faultproxy.Size(size), faultproxy.Size(m.HeapInuse),
			faultproxy.Size(peak.Load()))
		require.Eventually(t, func() bool { return journal.InFlight() == 0 }, 10*time.Second, time.Millisecond)
		for _, rec := range journal.Records() {
			assert.Greater(t, rec.BytesReceived+rec.BytesSent, size)
		}
	}
	for _, digest := range []bool{false, true} {
		t.Run(fmt.Sprintf("TCP, digest %v", digest), func(t *testing.T) {
			p, url, client := onTCP(t, handler, faultproxy.Config{Digest: digest})
			usual := faultproxy.Size(256 << 20)
			if digest {
				usual = 128 << 20
			}
			transfer(t, usual, client, url, p.Journal())
		})
	}
	t.Run("TLS", func(t *testing.T) {
		authority, err := faultproxy.NewAuthority()
		require.NoError(t, err)
		p, url, _ := onTCP(t, handler, faultproxy.Config{TLS: authority})
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: authority.ClientConfig()}}
		defer client.CloseIdleConnections()
		transfer(t, 64<<20, client, strings.Replace(url, "http:", "https:", 1), p.Journal())
	})
	t.Run("memory", func(t *testing.T) {
		lab := faulttest.NewLab(t, handler)
		transfer(t, 128<<20, lab.HTTPClient(), lab.URL(), lab.Journal())
	})
}
