package s3client_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// list lists below prefix and returns the keys, common prefixes in brackets.
func (w *world) list(prefix string, options s3client.ListOptions) []string {
	w.Helper()
	var keys []string
	for object, err := range w.client.List(context.Background(), prefix, &options) {
		require.NoError(w, err)
		if object.IsPrefix {
			keys = append(keys, "["+object.Key+"]")
		} else {
			keys = append(keys, object.Key)
		}
	}
	return keys
}

func TestListWithDelimiterGroupsKeys(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3} {
		in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
			for _, key := range []string{"a", "b/1", "b/2", "b/c/3", "d", "e/1", "f g/1"} {
				require.NoError(w, w.fake.Put("demo", "mine/"+key, nil))
			}
			w.on("ListObjectsV2", 1, respond(503, "SlowDown"))
			options := s3client.ListOptions{Delimiter: "/", PageSize: size}
			require.Equal(w, []string{"a", "[b/]", "d", "[e/]", "[f g/]"}, w.list("", options))
			require.Equal(w, []string{"b/1", "b/2", "[b/c/]"}, w.list("b/", options))
			require.Equal(w, []string{"[b/]"}, w.list("b", options))
		})
	}
}

func TestListStartsAfterKey(t *testing.T) {
	for _, size := range []int{0, 1, 2} {
		in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
			for _, key := range []string{"a", "b/1", "b/2", "c"} {
				require.NoError(w, w.fake.Put("demo", "mine/"+key, nil))
			}
			for after, want := range map[string][]string{
				"a": {"b/1", "b/2", "c"}, "b/1": {"b/2", "c"}, "aa": {"b/1", "b/2", "c"}, "c": nil,
			} {
				require.Equal(w, want, w.list("", s3client.ListOptions{StartAfter: after, PageSize: size}), after)
			}
			options := s3client.ListOptions{StartAfter: "b/1", Delimiter: "/", PageSize: size}
			require.Equal(w, []string{"[b/]", "c"}, w.list("", options), "b/2 is behind b/1")
		})
	}
}

// A caller continues a list that has failed.
func TestListGoesOnAfterItsLastKey(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 25 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprintf("k%02d", i), nil))
		}
		w.faults = []fault{{operation: "ListObjectsV2", skip: 1, times: 3, act: respond(503, "SlowDown")}}
		var keys []string
		last := func() string {
			if len(keys) == 0 {
				return ""
			}
			return keys[len(keys)-1]
		}
		for try, failed := 0, true; failed; try++ {
			require.Less(w, try, 2)
			failed = false
			for object, err := range w.client.List(context.Background(), "", &s3client.ListOptions{
				StartAfter: last(), PageSize: 10,
			}) {
				if failed = err != nil; !failed {
					keys = append(keys, object.Key)
				}
			}
		}
		require.Len(w, keys, 25)
	})
}

func TestListOfVersions(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3} {
		versioned(t, func(w *world) {
			var ids []string
			put := func(key, content string) {
				time.Sleep(time.Second)
				ids = append(ids, w.direct("PUT", "/demo/"+key, content).Header().Get("X-Amz-Version-Id"))
			}
			put("a", "1")
			put("b", "22")
			put("a", "333")
			time.Sleep(time.Second)
			ids = append(ids, w.direct("DELETE", "/demo/a", "").Header().Get("X-Amz-Version-Id"))
			put("c+d/e", "4444")
			w.on("ListObjectVersions", 2, respond(503, "SlowDown"))
			var got []s3client.Object
			for object, err := range w.client.List(context.Background(), "", &s3client.ListOptions{
				Versions: true, PageSize: size,
			}) {
				require.NoError(w, err)
				require.NotZero(w, object.LastModified)
				object.LastModified, object.ETag, object.StorageClass = time.Time{}, "", ""
				got = append(got, object)
			}
			require.Equal(w, []s3client.Object{
				{Key: "a", VersionID: ids[3], IsLatest: true, IsDeleteMarker: true},
				{Key: "a", VersionID: ids[2], Size: 3},
				{Key: "a", VersionID: ids[0], Size: 1},
				{Key: "b", VersionID: ids[1], Size: 2, IsLatest: true},
				{Key: "c+d/e", VersionID: ids[4], Size: 4, IsLatest: true},
			}, got)
			require.Equal(w, []string{"a", "a", "a", "b", "[c+d/]"},
				w.list("", s3client.ListOptions{Versions: true, Delimiter: "/", PageSize: size}))
			require.Equal(w, []string{"b", "c+d/e"},
				w.list("", s3client.ListOptions{Versions: true, StartAfter: "a", PageSize: size}))
		})
	}
}

func TestListPageThatIgnoresOptionsIsRefused(t *testing.T) {
	ignoring := func(parameter string) action {
		return func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			q := r.URL.Query()
			q.Del(parameter)
			r.URL.RawQuery = q.Encode()
			up.ServeHTTP(rw, r)
		}
	}
	for parameter, options := range map[string]s3client.ListOptions{
		"delimiter": {Delimiter: "/"}, "start-after": {StartAfter: "a"},
		"key-marker": {StartAfter: "a", Versions: true},
	} {
		t.Run(parameter, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				require.NoError(w, w.fake.Put("demo", "a", nil))
				require.NoError(w, w.fake.Put("demo", "b/c", nil))
				w.unsigned()
				w.on("ListObjectsV2", 0, ignoring(parameter)).on("ListObjectVersions", 0, ignoring(parameter))
				_, err := collect(w.client.List(context.Background(), "", &options))
				require.ErrorIs(w, err, s3client.ErrIntegrity)
				require.Len(w, w.sends, 3, "a page is asked for again")
			})
		})
	}
}

func TestListCanBeWalkedAgain(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for i := range 5 {
			require.NoError(w, w.fake.Put("demo", fmt.Sprint(i), nil))
		}
		list := w.client.List(context.Background(), "", &s3client.ListOptions{PageSize: 2})
		for range 2 {
			objects, err := collect(list)
			require.NoError(w, err)
			require.Len(w, objects, 5)
		}
	})
}

func TestListOfNegativePageSizeSendsNothing(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		_, err := collect(w.client.List(context.Background(), "", &s3client.ListOptions{PageSize: -1}))
		require.ErrorContains(w, err, "page size -1")
		require.Empty(w, w.sends)
	})
}
