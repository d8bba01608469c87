package s3client_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// page answers with a page that S3 does not send, with request id and all.
func page(status int, contentType string) action {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Amz-Request-Id", "0123456789ABCDEF")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte("<html><body>no route to backend</body></html>"))
		}
	}
}

func TestPutWithLostResponsesSucceedsWhenLookupFindsTheObject(t *testing.T) {
	for name, drop := range map[string]action{
		"checksum": nil,
		"ETag":     without("X-Amz-Checksum-Crc32"),
	} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				w.on("PutObject", 0, lose)
				if drop != nil {
					w.on("HeadObject", 0, drop)
				}
				options := &s3client.UploadOptions{
					ContentType: "text/plain",
					Metadata:    map[string]string{"Owner": "me"},
				}
				require.NoError(w, w.put("k", noise(1000), options))
				require.NoError(w, w.put("plain", noise(1000), nil))
				require.Equal(w, 6, w.count("PutObject"))
				require.Equal(w, 2, w.count("HeadObject"))
			})
		})
	}
}

// bare503 lets S3 act and answers 503 with S3's headers, but without the document in which S3 names
// its refusals.
func bare503(w http.ResponseWriter, r *http.Request, s3 http.Handler) {
	s3.ServeHTTP(httptest.NewRecorder(), r)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Amz-Request-Id", "0123456789ABCDEF")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// The SDK takes the code ServiceUnavailable from the status where the response has none. It is no
// refusal by S3 then.
func TestWritesAnswered503WithoutADocumentAreLookedUp(t *testing.T) {
	in(t, small, func(w *world) {
		for _, operation := range []string{"PutObject", "CompleteMultipartUpload", "DeleteObject", "DeleteObjects"} {
			w.on(operation, 0, bare503)
		}
		require.NoError(w, w.put("small", noise(1000), nil))
		require.NoError(w, w.put("large", noise(200_000), nil))
		w.requireObject("large", noise(200_000))
		require.NoError(w, w.client.Delete(context.Background(), "small"))
		require.NoError(w, w.client.DeleteMany(context.Background(), []string{"large"}))
		require.Equal(w, 4, w.count("HeadObject"))
	})
}

func TestPutRefusedAfterAResponseWithAnotherChecksumIsLookedUp(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 1, func(rw http.ResponseWriter, r *http.Request, s3 http.Handler) {
			s3.ServeHTTP(httptest.NewRecorder(), r)
			rw.Header().Set("ETag", `"0"`)
			rw.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
		})
		w.on("PutObject", 0, respond(503, "SlowDown"))
		require.NoError(w, w.put("k", noise(1000), nil))
		w.requireObject("k", noise(1000))
		require.Equal(w, 1, w.count("HeadObject"))
	})
}

func TestPutRefusedWith503NeedsNoLookup(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("PutObject", 0, respond(503, "ServiceUnavailable"))
		err := w.put("k", noise(1000), nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
		require.Zero(w, w.count("HeadObject"))
	})
}

func TestPutWithLostResponsesIsADefiniteFailureWhenThereIsNoObject(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, reset)
		err := w.put("k", noise(1000), nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
		require.Equal(w, 1, w.count("HeadObject"))
	})
}

func TestPutWithLostResponsesIsUnknownWhenTheObjectDiffers(t *testing.T) {
	metadata := func(value string) *s3client.UploadOptions {
		return &s3client.UploadOptions{Metadata: map[string]string{"v": value}}
	}
	for name, c := range map[string]struct {
		content          []byte
		options, earlier *s3client.UploadOptions
	}{
		"other bytes":    {noise(1000), nil, nil},
		"other metadata": {noise(500), metadata("2"), metadata("1")},
		"no metadata":    {noise(500), nil, metadata("1")},
		"other content type": {
			noise(500), &s3client.UploadOptions{ContentType: "text/html"},
			&s3client.UploadOptions{ContentType: "text/plain"},
		},
		"no mark": {noise(500), onlyNew, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				require.NoError(w, w.put("k", noise(500), c.earlier))
				w.on("PutObject", 0, reset)
				err := w.put("k", c.content, c.options)
				require.ErrorIs(w, err, s3client.ErrOutcomeUnknown)
				require.ErrorIs(w, err, retry.ErrExhausted)
			})
		})
	}
}

func TestLookupAnsweredByAPageLeavesTheOutcomeUnknown(t *testing.T) {
	for _, contentType := range []string{"text/html", "text/html; charset=utf-8", "text/plain"} {
		for _, size := range []int{1000, 200_000} {
			in(t, small, func(w *world) {
				w.on("PutObject", 0, lose).on("CompleteMultipartUpload", 0, lose).on("HeadObject", 0,
					page(404, contentType))
				err := w.put("k", noise(size), nil)
				require.ErrorIs(w, err, s3client.ErrOutcomeUnknown)
				require.Equal(w, 3, w.count("HeadObject"), "a page is retried")
				w.requireObject("k", noise(size))
			})
		}
	}
}

// The server cannot store what the client did not send whole.
func TestPutCutBeforeItsLastByteNeedsNoLookup(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) })
		err := w.put("k", noise(4<<20), nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.Zero(w, w.count("HeadObject"))
	})
}

func TestNoSuchUploadWithoutALookupIsUnknown(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("CompleteMultipartUpload", 0, respond(404, "NoSuchUpload")).on("HeadObject", 0,
			respond(403, "AccessDenied"))
		require.ErrorIs(w, w.put("k", noise(200_000), nil), s3client.ErrOutcomeUnknown)
	})
}

func TestDeleteWithLostResponsesIsSettledByALookup(t *testing.T) {
	ctx := context.Background()
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", noise(10)))
		w.on("DeleteObject", 3, lose)
		require.NoError(w, w.client.Delete(ctx, "k"))
		require.Equal(w, 1, w.count("HeadObject"))

		require.NoError(w, w.fake.Put("demo", "k", noise(10)))
		w.on("DeleteObject", 0, reset)
		require.ErrorIs(w, w.client.Delete(ctx, "k"), s3client.ErrOutcomeUnknown, "it may be there again")
	})
}

func TestDeleteAnsweredByAPageIsRetried(t *testing.T) {
	for _, status := range []int{200, 202, 404} {
		in(t, s3client.Config{}, func(w *world) {
			require.NoError(w, w.fake.Put("demo", "k", noise(10)))
			w.on("DeleteObject", 1, page(status, "text/html"))
			require.NoError(w, w.client.Delete(context.Background(), "k"))
			require.Equal(w, 2, w.count("DeleteObject"))
			require.Empty(w, w.fake.Keys("demo"))
		})
	}
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", noise(10)))
		w.on("DeleteObject", 1, instead(""))
		require.NoError(w, w.client.Delete(context.Background(), "k"))
		require.Empty(w, w.fake.Keys("demo"))
	})
}

func TestAbortAnsweredByAPageIsRetried(t *testing.T) {
	for _, status := range []int{200, 404} {
		in(t, small, func(w *world) {
			w.on("UploadPart", 0, respond(403, "AccessDenied")).on("AbortMultipartUpload", 1, page(status, "text/html"))
			require.Error(w, w.put("k", noise(200_000), nil))
			w.requireNoUploads()
		})
	}
}

func TestExistsIsNotDecidedByAPage(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", noise(10)))
		w.on("HeadObject", 1, page(404, "text/html")).on("GetObject", 1, page(404, "text/html"))
		there, err := w.client.Exists(context.Background(), "k")
		require.NoError(w, err)
		require.True(w, there)
		require.NoError(w, w.client.Download(context.Background(), "k", w.path("out"), nil))
		w.on("HeadObject", 0, page(404, "text/plain"))
		_, err = w.client.Exists(context.Background(), "k")
		require.ErrorIs(w, err, retry.ErrExhausted)
	})
}

// Some stores answer without x-amz-request-id and without a body.
func TestExistsBelievesABare404(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("HeadObject", 1, func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) { rw.WriteHeader(404) })
		there, err := w.client.Exists(context.Background(), "k")
		require.NoError(w, err)
		require.False(w, there)
		require.Equal(w, 1, w.count("HeadObject"))
	})
}

func TestLookupWithoutLengthSettlesNothing(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, lose).on("HeadObject", 0, raw(func(_ http.Header, body []byte) []byte { return body }))
		require.ErrorIs(w, w.put("k", nil, nil), s3client.ErrOutcomeUnknown)
		require.ErrorIs(w, w.client.UploadStream(context.Background(), bytes.NewReader(nil), "j", nil),
			s3client.ErrOutcomeUnknown)
	})
}
