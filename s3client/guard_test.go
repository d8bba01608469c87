package s3client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// badReader misbehaves after good bytes.
type badReader struct {
	good int
	act  func(p []byte) (int, error)
}

func (b *badReader) Read(p []byte) (int, error) {
	if b.good <= 0 {
		return b.act(p)
	}
	n := min(len(p), b.good)
	b.good -= n
	return n, nil
}

// badFile is content that can be read again, until it misbehaves.
type badFile struct {
	*bytes.Reader
	good atomic.Int64 // calls of ReadAt, which parts make concurrently
	act  func(p []byte) (int, error)
}

func newBadFile(size, good int, act func(p []byte) (int, error)) *badFile {
	b := &badFile{Reader: bytes.NewReader(noise(size)), act: act}
	b.good.Store(int64(good))
	return b
}

func (b *badFile) ReadAt(p []byte, offset int64) (int, error) {
	if b.good.Add(-1) < 0 {
		return b.act(p)
	}
	return b.Reader.ReadAt(p, offset)
}

var errBroken = errors.New("broken")

func TestReaderThatPanicsOrLiesLeavesNothing(t *testing.T) {
	acts := map[string]func(p []byte) (int, error){
		"panic":    func([]byte) (int, error) { panic(errBroken) },
		"negative": func([]byte) (int, error) { return -1, nil },
		"too many": func(p []byte) (int, error) { return len(p) + 1, nil },
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			in(t, small, func(w *world) {
				sources := []io.Reader{&badReader{0, act}, &badReader{100, act}, &badReader{200_000, act}}
				for good := range 40 {
					sources = append(sources, newBadFile(1000, good/10, act), newBadFile(200_000, good, act))
				}
				for _, source := range sources {
					err := w.client.UploadStream(context.Background(), source, "k", nil)
					var panicked *s3client.PanicError
					if name == "panic" && err != nil {
						require.ErrorAs(w, err, &panicked)
						require.ErrorIs(w, err, errBroken)
						require.NotEmpty(w, panicked.Stack)
					}
					w.requireNoUploads()
				}
				require.Error(w, w.client.UploadStream(context.Background(), sources[0], "k", nil))
			})
		})
	}
}

func TestProgressThatPanicsFailsTheTransferAndLeavesNothing(t *testing.T) {
	for _, from := range []int64{0, 1000, 100_000} {
		in(t, small, func(w *world) {
			progress := func(done, _ int64) {
				if done >= from {
					panic(errBroken)
				}
			}
			options := &s3client.UploadOptions{Progress: progress}
			require.ErrorIs(w, w.put("k", noise(200_000), options), errBroken)
			w.requireNoUploads()
			require.NoError(w, w.fake.Put("demo", "k", noise(200_000)))
			require.ErrorIs(w, w.get(&s3client.DownloadOptions{Progress: progress}), errBroken)
			require.Empty(w, w.files())
		})
	}
}

func TestAbortHasMoreThanOneAttemptWhenTheFirstIsSilent(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, respond(403, "AccessDenied")).on("AbortMultipartUpload", 2, silence)
		err := w.put("k", noise(200_000), nil)
		var orphan *s3client.OrphanError
		require.False(w, errors.As(err, &orphan), "%v", err)
		w.requireNoUploads()
	})
}

func TestUploadWhoseCreateWasLostIsNamedInTheError(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CreateMultipartUpload", 0, lose)
		err := w.put("k", noise(200_000), nil)
		var orphan *s3client.OrphanError
		require.ErrorAs(w, err, &orphan)
		require.Empty(w, orphan.UploadID)
		require.Equal(w, "k", orphan.Key)
		require.ErrorContains(w, err, "may remain open")
	})
}

func TestUploadWhoseCreateWasLostIsFoundByOption(t *testing.T) {
	config := small
	config.FindLostUploads = true
	in(t, config, func(w *world) {
		// An older upload of the same key is another writer's.
		w.on("UploadPart", 1, respond(403, "AccessDenied")).on("AbortMultipartUpload", 1, respond(403, "AccessDenied"))
		require.Error(w, w.put("k", noise(200_000), nil))
		require.Len(w, w.fake.Uploads("demo"), 1)
		time.Sleep(time.Hour)

		w.on("CreateMultipartUpload", 1, lose)
		require.NoError(w, w.put("k", noise(200_000), nil))
		require.Len(w, w.fake.Uploads("demo"), 1)
		w.on("CreateMultipartUpload", 3, lose)
		err := w.put("k", noise(200_000), nil)
		var orphan *s3client.OrphanError
		require.False(w, errors.As(err, &orphan), "%v", err)
		require.Len(w, w.fake.Uploads("demo"), 1)
	})
}

func TestAbortStaleAbortsOldUploadsBelowItsPrefix(t *testing.T) {
	config := small
	config.Prefix = "mine"
	in(t, config, func(w *world) {
		ctx := context.Background()
		open := func(keys ...string) {
			for _, key := range keys {
				denied := respond(403, "AccessDenied")
				w.on("UploadPart", 4, denied).on("AbortMultipartUpload", 1, denied)
				require.Error(w, w.put(key, noise(200_000), nil))
				w.faults = nil
			}
		}
		open("a/1", "a/2", "b/1")
		time.Sleep(2 * time.Hour)
		open("a/3")
		n, err := w.client.AbortStale(ctx, "a/", time.Hour)
		require.NoError(w, err)
		require.Equal(w, 2, n)
		require.Len(w, w.fake.Uploads("demo"), 2)

		w.on("AbortMultipartUpload", 1, respond(403, "AccessDenied"))
		time.Sleep(time.Second)
		n, err = w.client.AbortStale(ctx, "", 0)
		var orphan *s3client.OrphanError
		require.ErrorAs(w, err, &orphan)
		require.NotEmpty(w, orphan.UploadID)
		require.Equal(w, 1, n)
		_, err = w.client.AbortStale(ctx, "", -1)
		require.Error(w, err)
	})
}
