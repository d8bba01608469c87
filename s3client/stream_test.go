package s3client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// unseekable hides that a reader can be read again.
func unseekable(content []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(content)} }

func TestAStreamIsBufferedPartByPart(t *testing.T) {
	for _, size := range []int{1, 64 << 10, 64<<10 + 1, 128 << 10, 300_000} {
		in(t, small, func(w *world) {
			content := noise(size)
			w.on("PutObject", 1, respond(503, "SlowDown")).on("UploadPart", 2, respond(503, "SlowDown"))
			require.NoError(w, w.client.UploadStream(context.Background(), iotest.HalfReader(unseekable(content)), "k",
				nil))
			w.requireObject("k", content)
			if size <= 64<<10 {
				require.Equal(w, 2, w.count("PutObject"), "what fits into one part is one request")
			}
		})
	}
}

// TestAStreamHoldsBoundedMemory reads no further ahead than the parts in flight.
func TestAStreamHoldsBoundedMemory(t *testing.T) {
	config := small
	config.Concurrency = 2
	in(t, config, func(w *world) {
		w.on("UploadPart", 0, silence)
		r := &countingReader{r: bytes.NewReader(noise(1 << 20))}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.Error(w, w.client.UploadStream(ctx, struct{ io.Reader }{r}, "k", nil))
		require.LessOrEqual(w, r.n, int64(2*64<<10+1))
	})
}

// The memory of a part is that of its bytes, and not what a buffer that doubles comes to; a short
// stream takes little, however large a part may be.
func TestABufferedPartTakesItsSize(t *testing.T) {
	const part = 1 << 20
	for _, recycle := range []bool{false, true} {
		sizes, err := s3client.BufferSizes(unseekable(noise(3*part+1)), part, recycle)
		require.NoError(t, err)
		require.Len(t, sizes, 4)
		for i, size := range sizes {
			require.LessOrEqual(t, size, part, "part %d", i+1)
		}
	}
	sizes, err := s3client.BufferSizes(unseekable(noise(1000)), s3client.MaxPartSize, false)
	require.NoError(t, err)
	require.LessOrEqual(t, sizes[0], 1<<20)
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Only io.EOF itself is the end of a stream. What stands upon it, as an error of a broken pipe or
// of a truncated archive does, must not make half an object.
func TestAStreamThatBreaksIsNotStored(t *testing.T) {
	for _, broken := range []error{
		io.ErrUnexpectedEOF, fmt.Errorf("pipe: %w", io.EOF),
		fmt.Errorf("archive: %w", io.ErrUnexpectedEOF),
	} {
		for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 200_000} {
			in(t, small, func(w *world) {
				r := io.MultiReader(bytes.NewReader(noise(size)), iotest.ErrReader(broken))
				require.ErrorIs(w, w.client.UploadStream(context.Background(), r, "k", nil), broken,
					"%v after %d bytes", broken, size)
				_, there := w.fake.Object("demo", "k")
				require.False(w, there)
				w.requireNoUploads()
			})
		}
	}
}

func TestAStreamThatGivesNothingIsBroken(t *testing.T) {
	in(t, small, func(w *world) {
		r := io.MultiReader(bytes.NewReader(noise(64<<10)), idle{})
		require.ErrorIs(w, w.client.UploadStream(context.Background(), r, "k", nil), io.ErrNoProgress)
	})
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestAStreamOfTooManyPartsIsRefused(t *testing.T) {
	require.Equal(t, s3client.MaxParts, s3client.MostParts(newClient(t)), "of every client")
	in(t, s3client.Config{PartSize: 1, Concurrency: 4, StreamMemory: 1, MaxParts: 100}, func(w *world) {
		require.NoError(w, w.client.UploadStream(context.Background(), unseekable(noise(100)), "whole", nil))
		w.requireObject("whole", noise(100))
		err := w.client.UploadStream(context.Background(), unseekable(noise(101)), "k", nil)
		require.ErrorContains(w, err, "more than 100 parts of 1 bytes: set a larger PartSize")
		w.requireNoUploads()
		_, there := w.fake.Object("demo", "k")
		require.False(w, there)
	})
}

func newClient(t *testing.T) *s3client.Client {
	t.Helper()
	client, err := s3client.New(s3client.Config{Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey})
	require.NoError(t, err)
	return client
}
