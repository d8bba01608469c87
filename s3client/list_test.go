package s3client_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// collect returns a whole list, or nil and its error.
func collect(list iter.Seq2[s3client.Object, error]) ([]s3client.Object, error) {
	var all []s3client.Object
	for object, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, object)
	}
	return all, nil
}

func TestAListIsWholeHoweverManyPagesItTakes(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 25 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("k%02d", i), []byte("x")))
		}
		w.faults = []fault{{operation: "ListObjectsV2", skip: 1, times: 2, act: respond(503, "SlowDown")}}
		list, err := collect(w.client.List(context.Background(), "k", &s3client.ListOptions{PageSize: 10}))
		require.NoError(w, err)
		require.Len(w, list, 25)
		require.Equal(w, 3+2, w.count("ListObjectsV2"), "only the page that failed is asked for again")
	})
}

func TestAListThatFailsIsNoShorterList(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 25 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("k%02d", i), nil))
		}
		w.faults = []fault{{operation: "ListObjectsV2", skip: 2, act: respond(503, "SlowDown")}}
		list, err := collect(w.client.List(context.Background(), "", &s3client.ListOptions{PageSize: 10}))
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.Nil(w, list)
	})
}

func TestAListStaysBelowThePrefix(t *testing.T) {
	in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
		for _, key := range []string{"mine/a", "mine/b/c", "mineral", "yours/a"} {
			require.NoError(w, w.fake.Put("demo", key, nil))
		}
		var keys []string
		for object, err := range w.client.List(context.Background(), "", nil) {
			require.NoError(w, err)
			keys = append(keys, object.Key)
		}
		require.Equal(w, []string{"a", "b/c"}, keys)
	})
}

func TestALoopOverObjectsMayStop(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 25 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("k%02d", i), nil))
		}
		for range w.client.List(context.Background(), "", &s3client.ListOptions{PageSize: 10}) {
			break
		}
		require.Equal(w, 1, w.count("ListObjectsV2"))
	})
}

func TestAListThatNeverEndsIsAnError(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 25 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("k%02d", i), nil))
		}
		w.unsigned()
		w.on("ListObjectsV2", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			q := r.URL.Query()
			q.Del("continuation-token")
			r.URL.RawQuery = q.Encode() // the first page, again and again
			up.ServeHTTP(rw, r)
		})
		_, err := collect(w.client.List(context.Background(), "", &s3client.ListOptions{PageSize: 10}))
		require.ErrorIs(w, err, s3client.ErrIntegrity)
	})
}

func TestAListCutInTheMiddleIsAskedForAgain(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", nil))
		truncate := answer(func(head http.Header, body []byte) []byte {
			head.Del("Content-Length")
			return body[:strings.Index(string(body), "<Contents>")]
		})
		garbled := instead("<ListBucketResult><Name>demo</Nome></ListBucketResult>")
		w.on("ListObjectsV2", 1, truncate).on("ListObjectsV2", 1, cut(100))
		list, err := collect(w.client.List(context.Background(), "", nil))
		require.NoError(w, err)
		require.Len(w, list, 1)
		w.sends = nil
		w.on("ListObjectsV2", 2, garbled)
		list, err = collect(w.client.List(context.Background(), "", nil))
		require.NoError(w, err)
		require.Len(w, list, 1)
		require.Equal(w, 3, w.count("ListObjectsV2"))
	})
}

// A document that is no XML came from a broken way, not from S3.
func TestListWhoseDocumentIsNoXMLIsRepeated(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.put("k", noise(10), nil))
		for _, text := range []string{
			`<?xml version="1.0"?><ListBucketResult xmlns=http></ListBucketResult>`,
			`<ListBucketResult><Name>demo</Nam`,
		} {
			w.on("ListObjectsV2", 1, instead(text))
			objects, err := collect(w.client.List(context.Background(), "", nil))
			require.NoError(w, err, text)
			require.Len(w, objects, 1)
		}
	})
}
