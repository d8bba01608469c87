package s3client_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// tree returns the files below the world's directory with their contents.
func (w *world) tree(dir string) map[string]string {
	w.Helper()
	all := map[string]string{}
	require.NoError(w, filepath.WalkDir(w.path(dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(w.path(dir), path)
		require.NoError(w, err)
		content, err := os.ReadFile(path)
		all[filepath.ToSlash(name)] = string(content)
		return err
	}))
	return all
}

func (w *world) seed(keys ...string) {
	for _, key := range keys {
		require.NoError(w, w.fake.Put("demo", key, []byte("content of "+key)))
	}
}

func (w *world) getDir(prefix string, options *s3client.DirOptions) (s3client.DirResult, error) {
	return w.client.DownloadDir(context.Background(), prefix, w.path("dir"), options)
}

func TestDownloadDirStoresTree(t *testing.T) {
	for _, prefix := range []string{"logs", "logs/"} {
		in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
			w.seed("mine/logs/a", "mine/logs/b/c", "mine/logs/b/d e", "mine/logs2/x", "mine/other", "logs/y")
			require.NoError(w, w.fake.Put("demo", "mine/logs/", nil))
			require.NoError(w, w.fake.Put("demo", "mine/logs/empty/", nil))
			w.on("GetObject", 2, cut(5)).on("ListObjectsV2", 1, respond(503, "SlowDown"))
			result, err := w.getDir(prefix, nil)
			require.NoError(w, err)
			require.Equal(w, s3client.DirResult{Transferred: 3}, result)
			require.Equal(w, map[string]string{
				"a": "content of mine/logs/a", "b/c": "content of mine/logs/b/c", "b/d e": "content of mine/logs/b/d e",
			}, w.tree("dir"))
		})
	}
}

func TestDownloadDirStoresSomeFilesAtOnce(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for name := range strings.SplitSeq("abcdefghij", "") {
			w.seed("p/" + name)
		}
		var most, now int
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			w.mu.Lock()
			now++
			most = max(most, now)
			w.mu.Unlock()
			time.Sleep(time.Second)
			w.mu.Lock()
			now--
			w.mu.Unlock()
			up.ServeHTTP(rw, r)
		})
		result, err := w.getDir("p", &s3client.DirOptions{Concurrency: 5})
		require.NoError(w, err)
		require.Equal(w, 10, result.Transferred)
		require.Equal(w, 5, most)
	})
}

func TestDownloadDirRefusesKeysThatAreNoFiles(t *testing.T) {
	for name, c := range map[string]struct {
		keys, refused []string
		options       s3client.DirOptions
	}{
		"outside": {
			keys:    []string{"p/../x", "p/a/../../x", "p/./x"},
			refused: []string{"p/../x", "p/./x", "p/a/../../x"},
		},
		"absolute":          {keys: []string{"p//etc/x", "p/a//b"}, refused: []string{"p//etc/x", "p/a//b"}},
		"file, directory":   {keys: []string{"p/a", "p/a/b"}, refused: []string{"p/a", "p/a/b"}},
		"case of files":     {keys: []string{"p/A", "p/a"}, refused: []string{"p/A", "p/a"}},
		"case of directory": {keys: []string{"p/A/x", "p/a"}, refused: []string{"p/A/x", "p/a"}},
		"case, allowed":     {keys: []string{"p/A", "p/a"}, options: s3client.DirOptions{CaseSensitive: true}},
		"case of parents":   {keys: []string{"p/A/x", "p/a/y"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				w.seed(append(c.keys, "p/good")...)
				result, err := w.getDir("p", &c.options)
				require.Contains(w, w.tree("dir"), "good", "the others are stored")
				require.NotContains(w, w.files(), "x")
				require.Equal(w, len(c.keys)-len(c.refused)+1, result.Transferred)
				if c.refused == nil {
					require.NoError(w, err)
					return
				}
				require.ErrorIs(w, err, s3client.ErrUnsafeKey)
				var failed *s3client.DirError
				require.ErrorAs(w, err, &failed)
				var refused []string
				for _, f := range failed.Failed {
					refused = append(refused, f.Key)
				}
				require.ElementsMatch(w, c.refused, refused)
				require.ErrorContains(w, err, c.refused[0])
			})
		})
	}
}

func TestDownloadDirDoesNotFollowLinks(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.seed("p/link/x", "p/file", "p/good")
		require.NoError(w, os.MkdirAll(w.path("dir"), 0o700))
		require.NoError(w, os.Mkdir(w.path("elsewhere"), 0o700))
		w.file("victim", []byte("precious"))
		require.NoError(w, os.Symlink(w.path("elsewhere"), w.path("dir/link")))
		require.NoError(w, os.Symlink(w.path("victim"), w.path("dir/file")))
		result, err := w.getDir("p", nil)
		require.ErrorIs(w, err, s3client.ErrUnsafeKey)
		require.Equal(w, 1, result.Transferred)
		w.requireFile("victim", []byte("precious"))
		require.Empty(w, w.tree("elsewhere"))
	})
}

func TestDownloadDirTellsErrorOfEachFile(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.seed("p/a", "p/b", "p/c")
		w.on("GetObject", 2, respond(403, "AccessDenied"))
		result, err := w.getDir("p", &s3client.DirOptions{Concurrency: 1})
		require.Equal(w, 1, result.Transferred)
		var failed *s3client.DirError
		require.ErrorAs(w, err, &failed)
		require.Len(w, failed.Failed, 2)
		require.Equal(w, "AccessDenied", code(err))
		require.Equal(w, map[string]string{"c": "content of p/c"}, w.tree("dir"))
	})
}

func TestDownloadDirSkipsUnchangedFiles(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.seed("p/a", "p/b", "p/c")
		_, err := w.getDir("p", nil)
		require.NoError(w, err)
		w.file("dir/b", []byte("CONTENT of p/b"))
		w.file("dir/c", []byte("shorter"))
		w.sends = nil
		result, err := w.getDir("p", &s3client.DirOptions{SkipUnchanged: true})
		require.NoError(w, err)
		require.Equal(w, s3client.DirResult{Transferred: 2, Skipped: 1}, result)
		require.Equal(w, 2, w.count("GetObject"))
		require.Equal(w, "content of p/b", w.tree("dir")["b"])
		require.Equal(w, "content of p/c", w.tree("dir")["c"])
	})
}

func TestDownloadDirEndsWithItsContext(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		for name := range strings.SplitSeq("abcdefghij", "") {
			w.seed("p/" + name)
		}
		w.on("GetObject", 0, silence)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := w.client.DownloadDir(ctx, "p", w.path("dir"), nil)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.Empty(w, w.tree("dir"))
		require.Less(w, w.count("GetObject"), 10)
	})
}

func TestDownloadDirWithoutListStoresNothing(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.seed("p/a")
		w.on("ListObjectsV2", 0, respond(403, "AccessDenied"))
		_, err := w.getDir("p", nil)
		require.Equal(w, "AccessDenied", code(err))
		require.Empty(w, w.tree("dir"))
		_, err = w.getDir("p", &s3client.DirOptions{Concurrency: -1})
		require.ErrorContains(w, err, "concurrency -1")
	})
}
