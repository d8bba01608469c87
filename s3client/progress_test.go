package s3client_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// recorder keeps what a Progress is told.
type recorder struct{ done, total []int64 }

func (r *recorder) report(done, total int64) {
	r.done, r.total = append(r.done, done), append(r.total, total)
}

func (r *recorder) requireMonotonicTo(w *world, size int64) {
	w.Helper()
	require.Greater(w, len(r.done), 1)
	for i := 1; i < len(r.done); i++ {
		require.Greater(w, r.done[i], r.done[i-1])
		require.GreaterOrEqual(w, r.total[i], r.total[i-1])
	}
	require.Equal(w, size, r.done[len(r.done)-1])
	require.Equal(w, size, r.total[len(r.total)-1])
}

func TestProgressNeverGoesBackwards(t *testing.T) {
	t.Run("upload", func(t *testing.T) {
		in(t, s3client.Config{}, func(w *world) {
			w.on("PutObject", 2, respond(503, "SlowDown"))
			var seen recorder
			require.NoError(w, w.client.Upload(context.Background(), w.file("in", noise(size)), "k", seen.report))
			seen.requireMonotonicTo(w, size)
		})
	})
	t.Run("upload in parts", func(t *testing.T) {
		in(t, small, func(w *world) {
			w.on("UploadPart", 3, respond(503, "SlowDown"))
			var seen recorder
			require.NoError(w, w.client.Upload(context.Background(), w.file("in", noise(size)), "k", seen.report))
			seen.requireMonotonicTo(w, size)
		})
	})
	t.Run("upload of a stream", func(t *testing.T) {
		in(t, small, func(w *world) {
			w.on("UploadPart", 3, respond(503, "SlowDown"))
			var seen recorder
			require.NoError(w, w.client.UploadStream(context.Background(), unseekable(noise(size)), "k",
				&s3client.UploadOptions{Progress: seen.report}))
			require.EqualValues(w, -1, seen.total[0], "unknown until the end")
			seen.requireMonotonicTo(w, size)
		})
	})
	t.Run("download", func(t *testing.T) {
		seeded(t, s3client.Config{}, func(w *world, _ []byte) {
			w.on("GetObject", 1, flip).on("GetObject", 1, cut(100_000))
			var seen recorder
			require.NoError(w, w.get(&s3client.DownloadOptions{Progress: seen.report}))
			seen.requireMonotonicTo(w, size)
		})
	})
	t.Run("download of a range", func(t *testing.T) {
		seeded(t, s3client.Config{}, func(w *world, _ []byte) {
			var seen recorder
			require.NoError(w, w.get(&s3client.DownloadOptions{
				GetOptions: s3client.GetOptions{Range: "100-200099"}, Progress: seen.report,
			}))
			seen.requireMonotonicTo(w, 200_000)
		})
	})
}

func TestProgressEndsAtTheSizeOfAShorterObjectThatReplacedTheFirst(t *testing.T) {
	for _, size := range []int{0, 1, 100_000} {
		seeded(t, s3client.Config{}, func(w *world, _ []byte) {
			w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
				flip(rw, r, up)
				require.NoError(w, w.fake.Put("demo", "k", noise(size)))
			})
			var seen recorder
			require.NoError(w, w.get(&s3client.DownloadOptions{Progress: seen.report}))
			w.requireFile("out", noise(size))
			last := len(seen.done) - 1
			require.EqualValues(w, size, seen.done[last])
			require.EqualValues(w, size, seen.total[last])
			require.IsIncreasing(w, seen.done[:last])
		})
	}
}

// A callback that takes its time must not stop the clock of a bubble.
func TestASlowProgressCallbackSlowsTheTransferOnly(t *testing.T) {
	in(t, small, func(w *world) {
		require.NoError(w,
			w.client.UploadStream(context.Background(), bytes.NewReader(noise(size)), "k", &s3client.UploadOptions{
				Progress: func(int64, int64) { time.Sleep(100 * time.Millisecond) },
			}))
		w.requireObject("k", noise(size))
	})
}
