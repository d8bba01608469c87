package s3client_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestIfMatchReplacesOnlyTheObjectWithTheETag(t *testing.T) {
	in(t, small, func(w *world) {
		for _, size := range bothWays {
			first, err := w.putObject("k", noise(10), nil)
			require.NoError(w, err)
			options := &s3client.UploadOptions{IfMatch: first.ETag}
			require.NoError(w, w.put("k", noise(size), options))
			w.requireObject("k", noise(size))
			err = w.put("k", noise(size+1), options)
			require.Equal(w, "PreconditionFailed", code(err))
			require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
			w.requireObject("k", noise(size))
			require.Equal(w, "NoSuchKey", code(w.put("nothing", noise(size), options)))
			w.requireNoUploads()
		}
	})
}

// The repeated request finds the client's own object, whose ETag is no longer the wanted one.
func TestIfMatchWhoseResponseIsLostFindsItsMark(t *testing.T) {
	for _, times := range []int{1, 3} {
		in(t, small, func(w *world) {
			for _, size := range bothWays {
				first, err := w.putObject("k", noise(10), nil)
				require.NoError(w, err)
				w.on("PutObject", times, lose).on("CompleteMultipartUpload", times, lose)
				result, err := w.putObject("k", noise(size), &s3client.UploadOptions{IfMatch: first.ETag})
				require.NoError(w, err)
				object, _ := w.fake.Object("demo", "k")
				require.Equal(w, object.ETag, result.ETag)
				w.faults = nil
			}
		})
	}
}

func TestIfMatchThatNeverHappenedIsNoSuccess(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		first, err := w.putObject("k", noise(10), nil)
		require.NoError(w, err)
		w.on("PutObject", 0, reset)
		err = w.put("k", noise(10), &s3client.UploadOptions{IfMatch: first.ETag})
		require.ErrorIs(w, err, s3client.ErrOutcomeUnknown, "the same bytes without the mark")
	})
}

func (w *world) deleteIf(key, etag string) error {
	_, err := w.client.DeleteObject(context.Background(), key, &s3client.DeleteOptions{IfMatch: etag})
	return err
}

func TestConditionalDeleteSparesAnotherObject(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		first, err := w.putObject("k", noise(10), nil)
		require.NoError(w, err)
		require.Equal(w, "PreconditionFailed", code(w.deleteIf("k", `"00000000000000000000000000000000"`)))
		w.requireObject("k", noise(10))
		require.NoError(w, w.deleteIf("k", first.ETag))
		require.Empty(w, w.fake.Keys("demo"))
		require.True(w, s3client.IsNotFound(w.deleteIf("k", first.ETag)))
		require.ErrorContains(w, w.deleteIf("k", "\n"), "want no control characters")
	})
}

func TestConditionalDeleteWhoseResponseIsLostIsSettled(t *testing.T) {
	for _, times := range []int{1, 3} {
		in(t, s3client.Config{}, func(w *world) {
			first, err := w.putObject("k", noise(10), nil)
			require.NoError(w, err)
			w.on("DeleteObject", times, lose)
			require.NoError(w, w.deleteIf("k", first.ETag), "the object is gone")
			require.Equal(w, 1, w.count("HeadObject"))
		})
	}
	in(t, s3client.Config{}, func(w *world) {
		first, err := w.putObject("k", noise(10), nil)
		require.NoError(w, err)
		w.on("DeleteObject", 1, func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
			require.NoError(w, w.fake.Put("demo", "k", noise(5)))
			reset(rw, r, upstream)
		})
		require.ErrorIs(w, w.deleteIf("k", first.ETag), s3client.ErrOutcomeUnknown, "another object is there")
	})
}

func TestDeleteOfAVersionWhoseResponseIsLostIsSettled(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.versions()
		first, err := w.putObject("k", noise(10), nil)
		require.NoError(w, err)
		_, err = w.putObject("k", noise(20), nil)
		require.NoError(w, err)
		version := &s3client.DeleteOptions{VersionID: first.VersionID}
		w.on("DeleteObject", 3, reset).on("DeleteObject", 3, lose)
		_, err = w.client.DeleteObject(context.Background(), "k", version)
		require.Error(w, err)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown, "the version is there, and does not come back")
		_, err = w.client.DeleteObject(context.Background(), "k", version)
		require.NoError(w, err)
		w.requireObject("k", noise(20))

		marker, err := w.client.DeleteObject(context.Background(), "k", nil)
		require.NoError(w, err)
		require.True(w, marker.DeleteMarker)
		require.NotEmpty(w, marker.VersionID)
	})
}
