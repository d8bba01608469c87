package s3client_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestTheSixOperations(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		ctx := context.Background()
		content := noise(300_000)
		require.NoError(w, w.client.Upload(ctx, w.file("in.bin", content), "a/b.bin", nil))
		require.NoError(w, w.client.UploadStream(ctx, strings.NewReader("hello"), "hello.txt", nil))
		w.requireObject("a/b.bin", content)
		w.requireObject("hello.txt", []byte("hello"))

		require.NoError(w, w.client.Download(ctx, "a/b.bin", w.path("out.bin"), nil))
		w.requireFile("out.bin", content)

		list, err := collect(w.client.List(ctx, "", nil))
		require.NoError(w, err)
		require.Len(w, list, 2)
		require.Equal(w, "a/b.bin", list[0].Key)
		require.EqualValues(w, 300_000, list[0].Size)

		there, err := w.client.Exists(ctx, "hello.txt")
		require.NoError(w, err)
		require.True(w, there)
		require.NoError(w, w.client.Delete(ctx, "hello.txt"))
		there, err = w.client.Exists(ctx, "hello.txt")
		require.NoError(w, err)
		require.False(w, there)

		require.Len(w, w.sends, 7, "one request an operation")
		require.Equal(w, []string{"in.bin", "out.bin"}, w.files())
	})
}

func TestThreeAttemptsAreThreeSends(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, respond(503, "SlowDown"))
		start := time.Now()
		err := w.client.UploadStream(context.Background(), strings.NewReader("x"), "k", nil)
		require.Error(w, err)
		require.Equal(w, []time.Duration{0, time.Second, 3 * time.Second}, w.arrivals("PutObject"))
		require.Equal(w, 3*time.Second, time.Since(start))
		require.Len(w, w.attempts, 3)
	})
}
