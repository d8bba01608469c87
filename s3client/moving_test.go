package s3client_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestDownloadThatMovesIsNotExhaustedByCuts(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 7, cut(40_000)) // more than 1 %
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, 8, w.count("GetObject"))
		require.NotContains(w, w.logs.String(), `"msg":"operation failed"`)
		for i, a := range w.attempts {
			require.Equal(w, i+1, a.Number)
			require.LessOrEqual(w, a.Number, a.Max)
			require.Equal(w, w.attempts[0].InvocationID, a.InvocationID)
			if i > 0 {
				require.GreaterOrEqual(w, a.Wait, time.Second, "attempt %d waits", a.Number)
			}
		}
	})
}

func TestDownloadThatHardlyMovesIsExhausted(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, cut(900)) // less than 1 %
		require.ErrorIs(w, w.get(nil), retry.ErrExhausted)
		require.Equal(w, 3, w.count("GetObject"))
	})
}

func TestDownloadThatStopsMovingHasItsAttemptsFromThere(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 1, cut(40_000)).on("GetObject", 0, respond(503, "SlowDown"))
		require.ErrorIs(w, w.get(nil), retry.ErrExhausted)
		require.Equal(w, 1+3, w.count("GetObject"))
	})
}

func TestDownloadThatMovesHasOneHundredCounts(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, cut(64<<10))
		require.NoError(w, w.fake.Put("demo", "k", noise(8<<20)))
		require.ErrorIs(w, w.get(nil), retry.ErrExhausted)
		require.Equal(w, 100+3, w.count("GetObject"))
	})
}

func TestDownloadThatMovesEndsWithMaxElapsed(t *testing.T) {
	config := s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxElapsed = 5 * time.Second })}
	seeded(t, config, func(w *world, _ []byte) {
		w.on("GetObject", 0, cut(4000))
		start := time.Now()
		require.Error(w, w.get(nil))
		require.LessOrEqual(w, time.Since(start), 5*time.Second)
	})
}

func TestDownloadThatMovesEndsWithItsContext(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, cut(4000))
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.Error(w, w.client.Download(ctx, "k", w.path("out"), nil))
		require.NoError(w, ctx.Err(), "no wait ends after the deadline")

		stopped, stop := context.WithCancel(context.Background())
		time.AfterFunc(4*time.Second, stop)
		require.ErrorIs(w, w.client.Download(stopped, "k", w.path("out"), nil), context.Canceled)
		require.Empty(w, w.files())
	})
}

func TestOneAttemptIsOneAttemptThoughItMoves(t *testing.T) {
	config := s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxAttempts = 1 })}
	seeded(t, config, func(w *world, _ []byte) {
		w.on("GetObject", 0, cut(100_000))
		require.ErrorIs(w, w.get(nil), retry.ErrExhausted)
		require.Equal(w, 1, w.count("GetObject"))
	})
}
