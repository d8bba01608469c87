package s3client_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// plant writes files below the world's directory "dir", each with its own name as content.
func (w *world) plant(names ...string) {
	w.Helper()
	require.NoError(w, os.MkdirAll(w.path("dir"), 0o700))
	for _, name := range names {
		path := filepath.Join(w.path("dir"), filepath.FromSlash(name))
		require.NoError(w, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(w, os.WriteFile(path, []byte("content of "+name), 0o600))
	}
}

func (w *world) putDir(prefix string, options *s3client.DirOptions) (s3client.DirResult, error) {
	return w.client.UploadDir(context.Background(), w.path("dir"), prefix, options)
}

func TestUploadDirStoresTree(t *testing.T) {
	for _, prefix := range []string{"logs", "logs/"} {
		in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
			w.plant("a", "b/c", "b/d e")
			require.NoError(w, os.Mkdir(w.path("dir/empty"), 0o700))
			w.on("PutObject", 2, respond(503, "SlowDown"))
			result, err := w.putDir(prefix, nil)
			require.NoError(w, err)
			require.Equal(w, s3client.DirResult{Transferred: 3}, result)
			require.Equal(w, []string{"mine/logs/a", "mine/logs/b/c", "mine/logs/b/d e"}, w.fake.Keys("demo"))
			w.requireObject("mine/logs/b/c", []byte("content of b/c"))
		})
	}
}

func TestUploadDirComesBackAsItWas(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.plant("a", "b/c", "b/d/e+f%", "ü/x")
		want := w.tree("dir")
		_, err := w.putDir("p", nil)
		require.NoError(w, err)
		_, err = w.client.DownloadDir(context.Background(), "p", w.path("copy"), nil)
		require.NoError(w, err)
		require.Equal(w, want, w.tree("copy"))
	})
}

func TestUploadDirDoesNotFollowLinks(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.plant("a")
		w.file("secret", []byte("secret"))
		require.NoError(w, os.Symlink(w.path("secret"), w.path("dir/link")))
		require.NoError(w, os.Symlink(w.dir, w.path("dir/up")))
		result, err := w.putDir("", nil)
		require.NoError(w, err)
		require.Equal(w, s3client.DirResult{Transferred: 1, LeftOut: 2}, result)
		require.Equal(w, []string{"a"}, w.fake.Keys("demo"))
	})
}

func TestUploadDirSkipsUnchangedFiles(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.plant("a", "b", "c")
		_, err := w.putDir("p", nil)
		require.NoError(w, err)
		require.NoError(w, w.fake.Put("demo", "p/b", []byte("CONTENT of b")))
		require.NoError(w, w.client.Delete(context.Background(), "p/c"))
		w.sends = nil
		result, err := w.putDir("p", &s3client.DirOptions{SkipUnchanged: true})
		require.NoError(w, err)
		require.Equal(w, s3client.DirResult{Transferred: 2, Skipped: 1}, result)
		require.Equal(w, 2, w.count("PutObject"))
		w.requireObject("p/b", []byte("content of b"))
	})
}

func TestUploadDirTellsErrorOfEachFile(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.plant("a", "b", "bad\xff", "c")
		w.on("PutObject", 1, respond(403, "AccessDenied"))
		result, err := w.putDir("p", &s3client.DirOptions{Concurrency: 1})
		require.Equal(w, 2, result.Transferred)
		var failed *s3client.DirError
		require.ErrorAs(w, err, &failed)
		require.Len(w, failed.Failed, 2)
		require.Equal(w, "p/a", failed.Failed[0].Key)
		require.Equal(w, "AccessDenied", code(failed.Failed[0].Err))
		require.ErrorIs(w, failed.Failed[1].Err, s3client.ErrInvalidKey)
		require.Equal(w, []string{"p/b", "p/c"}, w.fake.Keys("demo"))
	})
}

func TestUploadDirOfMissingDirectorySendsNothing(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		_, err := w.putDir("p", nil)
		require.ErrorIs(w, err, os.ErrNotExist)
		w.file("dir", nil)
		_, err = w.putDir("p", nil)
		require.ErrorContains(w, err, "not a directory")
		require.Empty(w, w.sends)
	})
}
