package s3client_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func (w *world) move(from, to string) error {
	return w.client.Move(context.Background(), from, to, nil)
}

func (w *world) requireKeys(keys ...string) {
	w.Helper()
	require.Equal(w, keys, w.fake.Keys("demo"))
}

func TestMoveLeavesOnlyTheTarget(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		require.NoError(w, w.move("from", "to"))
		w.requireKeys("to")
		w.requireObject("to", content)
		require.Equal(w, []string{
			"PutObject", "HeadObject", "CopyObject", "HeadObject", "DeleteObject",
		}, w.operations())
		require.NotEmpty(w, w.headersOf("DeleteObject").Get("If-Match"))
	})
}

func TestMoveOntoItselfIsRefused(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		require.ErrorContains(w, w.move("from", "from"), "the same object")
		w.requireKeys("from")
	})
}

func TestMoveWhoseCopyIsNotSettledKeepsTheSource(t *testing.T) {
	for name, breaks := range map[string]func(w *world){
		"refused":         func(w *world) { w.on("CopyObject", 0, respond(403, "AccessDenied")) },
		"never happened":  func(w *world) { w.on("CopyObject", 0, reset) },
		"target is gone":  func(w *world) { w.on("CopyObject", 1, forget) },
		"target is other": func(w *world) { w.on("CopyObject", 1, replaceTarget(w)) },
		"cannot verify":   func(w *world) { w.afterFirst("HeadObject", respond(403, "")) },
		"cannot be told":  func(w *world) { w.on("CopyObject", 0, lose).afterFirst("HeadObject", reset) },
	} {
		copied(t, func(w *world, content []byte) {
			breaks(w)
			require.Error(w, w.move("from", "to"), name)
			w.requireObject("from", content)
			require.Zero(w, w.count("DeleteObject"), name)
		})
	}
}

// afterFirst lets one request of the operation pass, and then acts.
func (w *world) afterFirst(operation string, act action) {
	w.faults = append(w.faults, fault{operation: operation, skip: 1, act: act})
}

// forget reports a copy that was not stored.
func forget(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
	instead(`<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)(rw, r, upstream)
}

// replaceTarget copies, and another client replaces the target before the response arrives.
func replaceTarget(w *world) action {
	return func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
		upstream.ServeHTTP(rw, r)
		require.NoError(w, w.fake.Put("demo", "to", noise(1001)[1:]))
	}
}

func TestMoveSparesASourceThatWasReplaced(t *testing.T) {
	for _, conditional := range []bool{true, false} {
		copied(t, func(w *world, content []byte) {
			w.faults = []fault{{operation: "HeadObject", skip: 1, times: 1, act: func(
				rw http.ResponseWriter, r *http.Request, upstream http.Handler,
			) {
				upstream.ServeHTTP(rw, r)
				require.NoError(w, w.fake.Put("demo", "from", noise(7)))
			}}}
			if !conditional {
				w.on("DeleteObject", 1, respond(501, "NotImplemented"))
			}
			err := w.move("from", "to")
			require.ErrorIs(w, err, s3client.ErrObjectChanged)
			var half *s3client.MoveError
			require.ErrorAs(w, err, &half)
			require.NotEmpty(w, half.Copy.ETag)
			w.requireObject("from", noise(7))
			w.requireObject("to", content)
		})
	}
}

func TestMoveWhoseDeletionIsLostOrUnsupportedSucceeds(t *testing.T) {
	for _, act := range []action{lose, reset, respond(501, "NotImplemented"), respond(503, "SlowDown")} {
		copied(t, func(w *world, content []byte) {
			w.on("DeleteObject", 1, act)
			require.NoError(w, w.move("from", "to"))
			w.requireKeys("to")
			w.requireObject("to", content)
		})
	}
}

func TestMoveWhoseDeletionFailsHasBothObjects(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		w.on("DeleteObject", 0, respond(403, "AccessDenied"))
		var half *s3client.MoveError
		require.ErrorAs(w, w.move("from", "to"), &half)
		require.Equal(w, "AccessDenied", code(half))
		w.requireKeys("from", "to")
	})
}

func TestMoveTakesNoPageForAMissingSource(t *testing.T) {
	copied(t, func(w *world, content []byte) {
		w.on("DeleteObject", 0, page(404, "text/plain"))
		w.on("HeadObject", 2, func(rw http.ResponseWriter, r *http.Request, up http.Handler) { up.ServeHTTP(rw, r) })
		w.on("HeadObject", 0, page(404, "text/plain"))
		err := w.move("from", "to")
		var half *s3client.MoveError
		require.ErrorAs(w, err, &half)
		require.False(w, s3client.IsNotFound(err), err)
		w.requireKeys("from", "to")
	})
}

// Only the code tells a server that does not know a condition from one that is busy: a gateway may
// send any status for the latter.
func TestMoveRepeatsADeletionThatABusyServerRefusedWith501(t *testing.T) {
	copied(t, func(w *world, _ []byte) {
		w.on("DeleteObject", 0, respond(501, "SlowDown"))
		var half *s3client.MoveError
		require.ErrorAs(w, w.move("from", "to"), &half)
		require.Equal(w, 3, w.count("DeleteObject"))
		w.requireKeys("from", "to")
	})
}
