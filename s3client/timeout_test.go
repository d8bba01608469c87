package s3client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestASilentServerIsGivenUpAfterTheAttemptTimeout(t *testing.T) {
	for _, timeout := range []time.Duration{0, 20 * time.Second} {
		seeded(t, s3client.Config{Retry: policy(func(c *retry.Config) { c.AttemptTimeout = timeout })},
			func(w *world, _ []byte) {
				w.on("GetObject", 0, silence).on("PutObject", 0, silence)
				want := timeout
				if want == 0 {
					want = s3client.DefaultAttemptTimeout
				}
				for _, call := range []func() error{
					func() error { return w.get(nil) },
					func() error { return w.put("k", noise(100_000), nil) },
				} {
					start := time.Now()
					err := call()
					require.Equal(w, 3*want+3*time.Second, time.Since(start))
					require.ErrorIs(w, err, retry.ErrExhausted)
					require.ErrorIs(w, err, retry.ErrAttemptTimeout)
					var stall *s3client.StallError
					require.ErrorAs(w, err, &stall)
					require.Equal(w, want, stall.After)
				}
				require.Equal(w, retry.ClassTimeout, w.attempts[0].Class)
			})
	}
}

func TestATransferThatMovesMayTakeAsLongAsItLikes(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			up.ServeHTTP(slowWriter{rw}, r)
		})
		start := time.Now()
		require.NoError(w, w.get(nil))
		require.Greater(w, time.Since(start), time.Hour)
		w.requireFile("out", content)
		require.Equal(w, 1, w.count("GetObject"))
	})
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Body = slowBody{r.Body}
			up.ServeHTTP(rw, r)
		})
		start := time.Now()
		require.NoError(w, w.put("k", noise(2<<20), nil))
		require.Greater(w, time.Since(start), 10*s3client.DefaultAttemptTimeout)
		require.Equal(w, 1, w.count("PutObject"))
	})
}

type slowWriter struct{ http.ResponseWriter }

func (s slowWriter) Write(p []byte) (int, error) {
	written := 0
	for chunk := range chunked(p, 2000) {
		time.Sleep(25 * time.Second)
		n, err := s.ResponseWriter.Write(chunk)
		written += n
		if err != nil {
			return written, err
		}
		if err := http.NewResponseController(s.ResponseWriter).Flush(); err != nil {
			return written, err
		}
	}
	return written, nil
}

func chunked(p []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(p) > 0 {
			if !yield(p[:min(n, len(p))]) {
				return
			}
			p = p[min(n, len(p)):]
		}
	}
}

type slowBody struct{ io.ReadCloser }

func (s slowBody) Read(p []byte) (int, error) {
	time.Sleep(6 * time.Second)
	return s.ReadCloser.Read(p[:min(len(p), 4<<10)])
}

func TestADownloadThatStallsGoesOn(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			rw.Header().Set("Content-Length", "300000")
			rw.Header().Set("Etag", w.etag("k"))
			_, _ = rw.Write(content[:100_000])
			_ = http.NewResponseController(rw).Flush()
			<-r.Context().Done()
		})
		start := time.Now()
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, 31*time.Second, time.Since(start))
		require.Equal(w, "bytes=100000-", w.sends[1].header.Get("Range"))
	})
}

func TestTheDeadlineEndsASilentAttemptAtOnceAndKeepsItsCause(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, silence)
		cause := errors.New("the night is over")
		ctx, cancel := context.WithTimeoutCause(context.Background(), 12*time.Second, cause)
		defer cancel()
		start := time.Now()
		err := w.client.Download(ctx, "k", w.path("out"), nil)
		require.Equal(w, 12*time.Second, time.Since(start))
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.ErrorIs(w, err, cause)
	})
}

func TestADeadlineIsNotWaitedOut(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, respond(503, "SlowDown"))
		ctx, cancel := context.WithTimeout(context.Background(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := w.client.Download(ctx, "k", w.path("out"), nil)
		require.Equal(w, time.Second, time.Since(start), "the second wait would pass the deadline")
		require.ErrorIs(w, err, retry.ErrDeadline)
		require.Equal(w, "SlowDown", code(err), "the cause is not lost")
	})
}

// Since Go 1.23 such a timeout looks like the caller's own deadline.
func TestATimeoutOfTheTransportIsRetried(t *testing.T) {
	in(t, s3client.Config{HTTPClient: &http.Client{Timeout: 5 * time.Second}}, func(w *world) {
		w.on("GetObject", 1, silence)
		require.NoError(w, w.fake.Put("demo", "k", noise(size)))
		require.NoError(w, w.get(nil))
		require.Equal(w, []time.Duration{0, 6 * time.Second}, w.arrivals("GetObject"))
	})
}
