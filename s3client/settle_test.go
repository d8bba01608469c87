package s3client_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func (w *world) put(key string, content []byte, options *s3client.UploadOptions) error {
	return w.client.UploadStream(context.Background(), bytes.NewReader(content), key, options)
}

var onlyNew = &s3client.UploadOptions{IfNoneMatch: "*"}

func TestCompleteCommittedWithALostAnswerIsASuccess(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 1, lose)
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.requireObject("k", noise(200_000))
		require.Equal(w, 2, w.count("CompleteMultipartUpload"), "S3 accepts it again")
		require.Zero(w, w.count("AbortMultipartUpload"))
	})
}

func TestCompleteThatFindsItsUploadGoneLooksForTheObject(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 1, lose).on("CompleteMultipartUpload", 0, respond(404, "NoSuchUpload"))
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.requireObject("k", noise(200_000))
		require.Equal(w, 1, w.count("HeadObject"))
	})
}

func TestCompleteWhoseEveryAnswerIsLostLooksForTheObject(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 0, lose)
		require.NoError(w, w.put("k", noise(200_000), nil))
		require.Equal(w, 3, w.count("CompleteMultipartUpload"))
		require.Equal(w, 1, w.count("HeadObject"))
		w.requireNoUploads()
	})
}

// Without a checksum the ETag of the parts is the evidence.
func TestCompleteIsSettledByETagWhereThereIsNoChecksum(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 0, lose).on("HeadObject", 0, without("X-Amz-Checksum-Crc32"))
		require.NoError(w, w.put("k", noise(200_000), nil))
	})
}

func TestCompleteThatNeverHappenedIsAFailure(t *testing.T) {
	in(t, small, func(w *world) {
		old := make([]byte, 200_000)
		require.NoError(w, w.put("k", old, nil))
		w.on("CompleteMultipartUpload", 0, reset)
		err := w.put("k", noise(200_000), nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.ErrorIs(w, err, s3client.ErrOutcomeUnknown, "another writer may have replaced the object")
		err = w.put("new", noise(200_000), nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown, "the lookup found no object")
		require.Equal(w, []string{"k"}, w.fake.Keys("demo"))
		w.requireObject("k", old)
		w.requireNoUploads()
	})
}

// The same content is there from before: the upload counts, its parts must not stay.
func TestCompleteThatNeverHappenedOverTheSameContentLeavesNoParts(t *testing.T) {
	in(t, small, func(w *world) {
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.on("CompleteMultipartUpload", 0, reset)
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.requireNoUploads()
	})
}

func TestACommitIsNotBelievedOnAChecksumAlone(t *testing.T) {
	in(t, small, func(w *world) {
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.on("CompleteMultipartUpload", 0, reset).on("HeadObject", 0,
			answer(func(head http.Header, body []byte) []byte {
				head.Set("Content-Length", "200001") // another content, of the same CRC-32
				return body
			}))
		require.ErrorIs(w, w.put("k", noise(200_000), nil), retry.ErrExhausted)
	})
}

func TestACommitThatCannotBeLookedUpIsUnknown(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 0, lose).on("HeadObject", 0, respond(503, "SlowDown"))
		err := w.put("k", noise(200_000), nil)
		require.ErrorIs(w, err, s3client.ErrOutcomeUnknown)
		w.requireObject("k", noise(200_000))
	})
}

// Whoever gives up while the commit is under way cannot know.
func TestACommitThatIsCancelledIsUnknown(t *testing.T) {
	for _, size := range []int{1000, 200_000} {
		in(t, small, func(w *world) {
			committed := func(_ http.ResponseWriter, r *http.Request, upstream http.Handler) {
				upstream.ServeHTTP(httptest.NewRecorder(), r)
				silence(nil, r, nil)
			}
			w.on("PutObject", 0, committed).on("CompleteMultipartUpload", 0, committed)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			err := w.client.UploadStream(ctx, bytes.NewReader(noise(size)), "k", onlyNew)
			require.ErrorIs(w, err, s3client.ErrOutcomeUnknown)
			require.ErrorIs(w, err, context.DeadlineExceeded)
			w.requireObject("k", noise(size))
			require.Zero(w, w.count("HeadObject"), "the caller's context has ended")
		})
	}
}

// A mark says whose the object is, not that it is whole.
func TestAMarkedObjectOfOtherContentIsNoSuccess(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("PutObject", 1, lose).on("HeadObject", 0, answer(func(head http.Header, body []byte) []byte {
			head.Set("X-Amz-Checksum-Crc32", "AAAAAA==")
			return body
		}))
		require.ErrorIs(w, w.put("k", noise(1000), onlyNew), retry.ErrPermanent)
	})
}

func TestTheMarkIsNotTheCallers(t *testing.T) {
	in(t, small, func(w *world) {
		options := *onlyNew
		options.Metadata = map[string]string{"S3client-Write": "mine"}
		require.ErrorContains(w, w.put("k", noise(1000), &options), "S3client-Write")
		require.Empty(w, w.sends)
	})
}

func TestCompleteAnsweredWith200AndARetryableErrorIsRetried(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 2,
			instead("<?xml version=\"1.0\"?>\n  <Error><Code>InternalError</Code><Message>try again</Message></Error>"))
		require.NoError(w, w.put("k", noise(200_000), nil))
		w.requireObject("k", noise(200_000))
		require.Equal(w, 3, w.count("CompleteMultipartUpload"))
	})
}

func TestCompleteAnsweredWith200AndAPermanentErrorFailsAtOnce(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 0, instead("<Error><Code>AccessDenied</Code><Message>no</Message></Error>"))
		err := w.put("k", noise(200_000), nil)
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.Equal(w, "AccessDenied", code(err))
		require.Equal(w, 1, w.count("CompleteMultipartUpload"))
		w.requireNoUploads()
	})
}

func TestAConditionalWriteOverAnObjectIsRefused(t *testing.T) {
	for _, size := range []int{100, 200_000} {
		in(t, small, func(w *world) {
			require.NoError(w, w.put("k", noise(size), nil))
			err := w.put("k", noise(size), onlyNew)
			require.Equal(w, "PreconditionFailed", code(err))
			require.ErrorIs(w, err, retry.ErrPermanent)
			require.Equal(w, 1, w.count("HeadObject"), "whose object it is")
			w.on("HeadObject", 0, respond(403, "AccessDenied"))
			err = w.put("k", noise(size), onlyNew)
			require.Equal(w, "PreconditionFailed", code(err))
			require.ErrorIs(w, err, s3client.ErrOutcomeUnknown, "a proxy may have repeated the write")
			w.requireNoUploads()
		})
	}
}

func TestAConditionalWriteRefusedByItsOwnLostAttemptIsASuccess(t *testing.T) {
	for _, size := range []int{100, 200_000} {
		in(t, small, func(w *world) {
			w.on("PutObject", 1, lose).on("CompleteMultipartUpload", 1, lose).
				on("CompleteMultipartUpload", 0, respond(412, "PreconditionFailed"))
			require.NoError(w, w.put("k", noise(size), onlyNew))
			w.requireObject("k", noise(size))
			require.Equal(w, 1, w.count("HeadObject"))
		})
	}
}

// A gateway may report failure for what the server behind it has done. A proxy on the way may send
// a request twice and pass on the second answer.
func TestAWriteThatAProxyRepeatedIsASuccess(t *testing.T) {
	twice := func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		upstream.ServeHTTP(httptest.NewRecorder(), r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		upstream.ServeHTTP(w, r)
	}
	thenGone := func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		upstream.ServeHTTP(httptest.NewRecorder(), r)
		respond(404, "NoSuchUpload")(w, r, nil)
	}
	torn := func(act action) action { // the body of the second answer breaks off: its status is all there is
		return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
			whole := httptest.NewRecorder()
			act(whole, r, upstream)
			maps.Copy(w.Header(), whole.Header())
			w.Header().Del("Content-Length")
			w.WriteHeader(whole.Code)
			_, _ = io.WriteString(w, whole.Body.String()[:60])
		}
	}
	for name, c := range map[string]struct {
		size    int
		act     action
		options *s3client.UploadOptions
	}{
		"one request": {1000, twice, onlyNew}, "in parts": {200_000, twice, onlyNew},
		"in parts, unconditional": {200_000, thenGone, nil},
		"one request, torn":       {1000, torn(twice), onlyNew}, "in parts, torn": {200_000, torn(twice), onlyNew},
		"in parts, unconditional, torn": {200_000, torn(thenGone), nil},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, small, func(w *world) {
				w.on("PutObject", 0, c.act).on("CompleteMultipartUpload", 0, c.act)
				require.NoError(w, w.put("k", noise(c.size), c.options))
				w.requireObject("k", noise(c.size))
			})
		})
	}
}

func TestAConditionalWriteRefusedAfterA500IsLookedUp(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 1, refuseAfter(504, "GatewayTimeout"))
		require.NoError(w, w.put("k", noise(100), onlyNew))
		require.Equal(w, []string{"PutObject", "PutObject", "HeadObject"}, w.operations())
	})
}

func TestAConditionalWriteWhoseEveryAnswerIsLostIsLookedUp(t *testing.T) {
	in(t, s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxAttempts = 1 })}, func(w *world) {
		w.on("PutObject", 1, lose)
		require.NoError(w, w.put("k", noise(100), onlyNew))
		w.on("PutObject", 1, reset)
		require.ErrorIs(w, w.put("other", noise(100), onlyNew), retry.ErrExhausted)
	})
}

// Another writer's object may have the same content: a lock file, say. Only the writer's own mark
// tells.
func TestAConditionalWriteThatAnotherWriterWonIsRefused(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.put("lock", []byte("locked"), onlyNew))
		w.on("PutObject", 1, reset)
		err := w.put("lock", []byte("locked"), onlyNew)
		require.Equal(w, "PreconditionFailed", code(err))
		require.Equal(w, 1, w.count("HeadObject"))
	})
}

func TestAConflictOfConditionalWritesIsRetried(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("PutObject", 1, respond(409, "ConditionalRequestConflict"))
		require.NoError(w, w.put("k", noise(100), onlyNew))
		require.Equal(w, 2, w.count("PutObject"))

		w.on("CompleteMultipartUpload", 1, respond(409, "ConditionalRequestConflict"))
		err := w.put("big", noise(200_000), onlyNew)
		require.Equal(w, "ConditionalRequestConflict", code(err), "for Complete it takes a new upload")
		w.requireNoUploads()
	})
}

func TestAnUnconditionalWriteHasNoMark(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.put("k", noise(100), nil))
		object, _ := w.fake.Object("demo", "k")
		require.Empty(w, object.Metadata)
	})
}

func TestIfMatchWritesOnlyOverThatObject(t *testing.T) {
	for name, size := range map[string]int{"one request": 1000, "parts": 200_000} {
		t.Run(name, func(t *testing.T) {
			in(t, small, func(w *world) {
				require.NoError(w, w.put("k", []byte("old"), nil))
				old := `"149603e6c03516362a8da23f624db945"` // MD5 of "old"
				// The response is lost, and the retry meets an object with another ETag: the
				// client's own.
				w.on("PutObject", 1, lose).on("CompleteMultipartUpload", 1, lose)
				require.NoError(w, w.put("k", noise(size), &s3client.UploadOptions{IfMatch: old}))
				w.requireObject("k", noise(size))

				err := w.put("k", noise(size+1), &s3client.UploadOptions{IfMatch: old})
				require.ErrorContains(w, err, "PreconditionFailed")
				w.requireObject("k", noise(size))
				w.requireNoUploads()
			})
		})
	}
}

func TestIfMatchExcludesIfNoneMatch(t *testing.T) {
	in(t, small, func(w *world) {
		err := w.put("k", nil, &s3client.UploadOptions{IfNoneMatch: "*", IfMatch: `"e"`})
		require.ErrorContains(w, err, "want one of them")
	})
}

func TestIfNoneMatchTakesOnlyAStar(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.ErrorContains(w, w.put("k", nil, &s3client.UploadOptions{IfNoneMatch: "abc"}), `want "*"`)
		require.Empty(w, w.sends)
	})
}
