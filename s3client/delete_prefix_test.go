package s3client_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// filled runs test in a world whose bucket holds 2,500 objects below "a/" and one beside it.
func filled(t *testing.T, test func(w *world)) {
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		for i := range 2500 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("a/%04d", i), nil))
		}
		require.NoError(w, w.fake.Put("demo", "a", nil))
		test(w)
	})
}

func TestDeletePrefixDeletesWhatIsBelowIt(t *testing.T) {
	filled(t, func(w *world) {
		w.on("DeleteObjects", 1, lose).on("DeleteObjects", 1, reset).on("ListObjectsV2", 1, respond(503, "SlowDown"))
		n, err := w.client.DeletePrefix(context.Background(), "a/")
		require.NoError(w, err)
		require.Equal(w, 2500, n)
		w.requireKeys("a")
		n, err = w.client.DeletePrefix(context.Background(), "a/")
		require.NoError(w, err)
		require.Zero(w, n)
	})
}

func TestDeletePrefixSendsRefusedKeysAgainAndReportsTheRest(t *testing.T) {
	filled(t, func(w *world) {
		w.on("DeleteObjects", 1, refuseKey("a/0500", "SlowDown"))
		n, err := w.client.DeletePrefix(context.Background(), "a/0")
		require.NoError(w, err)
		require.Equal(w, 1000, n)
		require.Equal(w, 2, w.count("DeleteObjects"))

		w.on("DeleteObjects", 1, refuseKey("a/1000", "AccessDenied"))
		n, err = w.client.DeletePrefix(context.Background(), "a/")
		var failed *s3client.DeleteError
		require.ErrorAs(w, err, &failed)
		require.Equal(w, "a/1000", failed.Failed[0].Key)
		require.Len(w, failed.Failed, 1)
		require.Equal(w, 1499, n)
		w.requireKeys("a", "a/1000")
	})
}

// refuseKey deletes all keys of a DeleteObjects but one, and answers with an error for that one.
func refuseKey(key, code string) action {
	return func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		body = bytes.Replace(body, []byte("<Object><Key>"+key+"</Key></Object>"), nil, 1)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Amz-") {
				r.Header.Del(name)
			}
		}
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		sum := md5.Sum(body)
		r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
		answer(func(head http.Header, body []byte) []byte {
			head.Del("Content-Length")
			failed := "<Error><Key>" + key + "</Key><Code>" + code + "</Code></Error></DeleteResult>"
			return bytes.Replace(body, []byte("</DeleteResult>"), []byte(failed), 1)
		})(rw, r, upstream)
	}
}

func TestDeletePrefixOfAWholeBucketIsRefused(t *testing.T) {
	filled(t, func(w *world) {
		_, err := w.client.DeletePrefix(context.Background(), "")
		require.ErrorContains(w, err, "empty: want a prefix")
		require.Empty(w, w.sends)
	})
}

func TestDeletePrefixStopsWithItsContext(t *testing.T) {
	filled(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		w.on("DeleteObjects", 1, func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
			upstream.ServeHTTP(rw, r)
			cancel()
		})
		_, err := w.client.DeletePrefix(ctx, "a/")
		require.ErrorIs(w, err, context.Canceled)
		require.LessOrEqual(w, w.count("DeleteObjects"), 1)
	})
}
