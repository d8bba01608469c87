package s3client_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func (w *world) deleteMany(keys ...string) error {
	return w.client.DeleteMany(context.Background(), keys)
}

// holding runs test in a world whose bucket holds keys.
func holding(t *testing.T, keys []string, test func(w *world)) {
	in(t, s3client.Config{}, func(w *world) {
		for _, key := range keys {
			require.NoError(w, w.fake.Put("demo", key, noise(1)))
		}
		test(w)
	})
}

// deleted is a response of DeleteObjects in which a is deleted, and b refused with code.
func deleted(code string) action {
	return instead(`<DeleteResult><Deleted><Key>a</Key></Deleted>` +
		`<Error><Key>b</Key><Code>` + code + `</Code></Error></DeleteResult>`)
}

func TestDeleteManyTakesAThousandKeysARequest(t *testing.T) {
	var keys []string
	for i := range 2001 {
		keys = append(keys, fmt.Sprintf("k %d & <ü>", i))
	}
	holding(t, append(keys, "kept"), func(w *world) {
		require.NoError(w, w.deleteMany(append(keys, "missing", keys[0])...))
		require.Equal(w, []string{"kept"}, w.fake.Keys("demo"))
		require.Equal(w, 3, w.count("DeleteObjects"))
		require.NoError(w, w.deleteMany())
		require.ErrorIs(w, w.deleteMany("kept", "../x"), s3client.ErrInvalidKey)
		require.Equal(w, 3, w.count("DeleteObjects"))
	})
}

func TestDeleteManySendsRefusedKeysAgainWhereTheErrorIsTransient(t *testing.T) {
	holding(t, []string{"b"}, func(w *world) {
		w.on("DeleteObjects", 1, deleted("InternalError"))
		require.NoError(w, w.deleteMany("a", "b"))
		require.Empty(w, w.fake.Keys("demo"))
		require.Equal(w, 2, w.count("DeleteObjects"))
	})
}

func TestDeleteManyNamesTheKeysThatS3Refuses(t *testing.T) {
	holding(t, []string{"b"}, func(w *world) {
		w.on("DeleteObjects", 0, deleted("AccessDenied"))
		err := w.deleteMany("b", "a")
		require.ErrorContains(w, err, "delete demo/b: api error AccessDenied")
		var failed *s3client.DeleteError
		require.ErrorAs(w, err, &failed)
		require.Len(w, failed.Failed, 1)
		require.Equal(w, "b", failed.Failed[0].Key)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
		require.Equal(w, 1, w.count("DeleteObjects"))
	})
}

func TestDeleteManyBelievesNoResponseThatLeavesKeysOut(t *testing.T) {
	holding(t, []string{"a", "b"}, func(w *world) {
		w.on("DeleteObjects", 1, instead(`<DeleteResult/>`)).on("DeleteObjects", 1, page(200, "text/html")).
			on("DeleteObjects", 1, instead(`<?xml version="1.0"?><Error><Code>InternalError</Code></Error>`))
		require.ErrorIs(w, w.deleteMany("a", "b"), s3client.ErrOutcomeUnknown)
		require.NoError(w, w.deleteMany("a", "b"))
		require.Empty(w, w.fake.Keys("demo"))
	})
}

func TestDeleteManyWhoseEveryResponseIsLostIsSettled(t *testing.T) {
	holding(t, []string{"a", "b"}, func(w *world) {
		w.on("DeleteObjects", 0, lose)
		require.NoError(w, w.deleteMany("a", "b"))
		require.Equal(w, 2, w.count("HeadObject"))
	})
}

func TestDeleteManyThatMayHaveHappenedIsUnknown(t *testing.T) {
	holding(t, []string{"a", "b"}, func(w *world) {
		w.on("DeleteObjects", 0, reset)
		require.ErrorIs(w, w.deleteMany("a", "b"), s3client.ErrOutcomeUnknown)
		ctx, cancel := context.WithCancel(context.Background())
		w.on("HeadObject", 0, func(http.ResponseWriter, *http.Request, http.Handler) { cancel() })
		require.ErrorIs(w, w.client.DeleteMany(ctx, []string{"a", "b"}), s3client.ErrOutcomeUnknown)
	})
}

func TestDeleteManyThatIsThrottledFailsForCertain(t *testing.T) {
	holding(t, []string{"a", "b"}, func(w *world) {
		w.on("DeleteObjects", 0, respond(503, "SlowDown"))
		err := w.deleteMany("a", "b")
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
		require.Zero(w, w.count("HeadObject"))
	})
}
