package s3client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestAFailedUploadLeavesNoParts(t *testing.T) {
	in(t, small, func(w *world) {
		w.faults = []fault{{operation: "UploadPart", skip: 2, act: respond(403, "AccessDenied")}}
		err := w.client.Upload(context.Background(), w.file("in", noise(300_000)), "k", nil)
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.Equal(w, "AccessDenied", code(err))
		w.requireNoUploads()
		require.Empty(w, w.fake.Keys("demo"))
	})
}

func TestACancelledUploadLeavesNoParts(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, silence)
		cause := errors.New("operator said stop")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(5*time.Second, func() { cancel(cause) })
		start := time.Now()
		err := w.client.Upload(ctx, w.file("in", noise(300_000)), "k", nil)
		require.ErrorIs(w, err, context.Canceled)
		require.ErrorIs(w, err, cause)
		require.Equal(w, 5*time.Second, time.Since(start))
		w.requireNoUploads()
	})
}

func TestAnAbortThatFailsIsSaid(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, respond(403, "AccessDenied")).on("AbortMultipartUpload", 0, respond(403, "AccessDenied"))
		err := w.client.Upload(context.Background(), w.file("in", noise(300_000)), "k", nil)
		var orphan *s3client.OrphanError
		require.ErrorAs(w, err, &orphan)
		require.Equal(w, w.fake.Uploads("demo")[0].ID, orphan.UploadID)
		require.Contains(w, err.Error(), "parts remain")
	})
}

func TestAnUploadThatIsGoneNeedsNoAbort(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, respond(403, "AccessDenied")).on("AbortMultipartUpload", 0, respond(404, "NoSuchUpload"))
		err := w.client.Upload(context.Background(), w.file("in", noise(300_000)), "k", nil)
		var orphan *s3client.OrphanError
		require.False(w, errors.As(err, &orphan), "%v", err)
	})
}

func TestTheCleanUpIsBounded(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, respond(403, "AccessDenied")).on("AbortMultipartUpload", 0, silence)
		start := time.Now()
		err := w.client.Upload(context.Background(), w.file("in", noise(300_000)), "k", nil)
		var orphan *s3client.OrphanError
		require.ErrorAs(w, err, &orphan)
		require.Equal(w, s3client.DefaultCleanupTimeout, time.Since(start))
	})
}

// A part may arrive after the abort that should have removed it; S3 asks for another abort then.
func TestAPartThatMayArriveLateIsAbortedTwice(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("UploadPart", 0, lose)
		require.Error(w, w.client.Upload(context.Background(), w.file("in", noise(300_000)), "k", nil))
		require.Equal(w, 2, w.count("AbortMultipartUpload"))
		w.requireNoUploads()
	})
}
