package s3client_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func (w *world) copy(from, to string) error {
	return w.client.Copy(context.Background(), from, to, nil)
}

// copied runs test in a world whose bucket holds the object "from", with metadata.
func copied(t *testing.T, test func(w *world, content []byte)) {
	in(t, s3client.Config{}, func(w *world) {
		content := noise(1000)
		require.NoError(w, w.put("from", content, &s3client.UploadOptions{
			ContentType: "text/csv", Metadata: map[string]string{"owner": "me"},
		}))
		test(w, content)
	})
}

func TestCopyKeepsContentTypeAndMetadata(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		require.NoError(w, w.fake.CreateBucket("other"))
		for _, key := range []string{"to", "a b+c/ü%41?&=#"} {
			require.NoError(w, w.copy("from", key))
			w.requireObject(key, content)
			info, err := w.client.Stat(context.Background(), key, nil)
			require.NoError(w, err)
			require.Equal(w, "text/csv", info.ContentType)
			require.Equal(w, map[string]string{"owner": "me"}, info.Metadata)
			require.EqualValues(w, 1000, info.Size)
			require.NotEmpty(w, info.ETag)
			require.NoError(w, w.client.WithBucket("other").Copy(context.Background(), key, key,
				&s3client.CopyOptions{SourceBucket: "demo"}))
			object, ok := w.fake.Object("other", key)
			require.True(w, ok)
			require.Equal(w, content, object.Content)
		}
	})
}

func TestCopyOfAMissingObjectIsNotFound(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		require.True(w, s3client.IsNotFound(w.copy("nothing", "to")))
		require.Zero(w, w.count("CopyObject"))
		_, err := w.client.Stat(context.Background(), "nothing", nil)
		require.True(w, s3client.IsNotFound(err))
	})
}

// A 404 without a readable body says that the source is gone. The client reports a failure, even if
// the target holds the same content from an earlier copy.
func TestCopyRefusedWith404FailsWhateverTheTargetHolds(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		require.NoError(w, w.copy("from", "to"))
		w.on("CopyObject", 0, func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) { rw.WriteHeader(404) })
		require.Error(w, w.copy("from", "to"))
		require.Equal(w, 2, w.count("CopyObject"))
	})
}

func TestCopyAnsweredWith200AndAnErrorIsRetried(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		w.on("CopyObject", 1, instead(`<?xml version="1.0"?><Error><Code>InternalError</Code></Error>`)).
			on("CopyObject", 1, instead(`<html><body>welcome</body></html>`))
		require.NoError(w, w.copy("from", "to"))
		w.requireObject("to", content)
		require.Equal(w, 3, w.count("CopyObject"))
	})
}

func TestCopyRefusedInsideA200Fails(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		w.on("CopyObject", 0, instead(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`))
		require.ErrorIs(w, w.copy("from", "to"), retry.ErrPermanent)
		require.Equal(w, 1, w.count("CopyObject"))
	})
}

func TestCopyWhoseEveryResponseIsLostIsSettled(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		w.on("CopyObject", 0, lose)
		require.NoError(w, w.copy("from", "to"))
		w.requireObject("to", content)
		require.Equal(w, 3, w.count("CopyObject"))
	})
}

func TestCopyThatNeverHappenedFails(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		w.on("CopyObject", 0, reset)
		err := w.copy("from", "to")
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown, "the lookup found no object")
		require.NoError(w, w.put("to", noise(5), nil))
		require.ErrorIs(w, w.copy("from", "to"), s3client.ErrOutcomeUnknown, "another object is there")
	})
}

func TestCopyOfASourceThatChangesMeanwhileFails(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		w.on("CopyObject", 1, func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
			require.NoError(w, w.fake.Put("demo", "from", noise(7)))
			upstream.ServeHTTP(rw, r)
		})
		require.ErrorContains(w, w.copy("from", "to"), "PreconditionFailed")
		_, there := w.fake.Object("demo", "to")
		require.False(w, there)
	})
}
