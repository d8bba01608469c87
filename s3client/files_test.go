package s3client_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestPrivateFileStaysPrivateThroughoutADownload(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.file("out", []byte("old"))
		require.NoError(w, os.Chmod(w.path("out"), 0o600))
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			for _, name := range w.files() {
				info, err := os.Stat(w.path(name))
				require.NoError(w, err)
				require.Equal(w, fs.FileMode(0o600), info.Mode().Perm(), name)
			}
			require.Len(w, w.files(), 2)
			up.ServeHTTP(rw, r)
		})
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
	})
}

func TestDownloadKeepsSetuidOfItsOwnFile(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.file("out", []byte("old"))
		mode := fs.FileMode(0o750) | fs.ModeSetuid
		require.NoError(w, os.Chmod(w.path("out"), mode))
		require.NoError(w, w.get(nil))
		info, err := os.Stat(w.path("out"))
		require.NoError(w, err)
		require.Equal(w, mode, info.Mode())
	})
}

func TestDownloadRefusesAReadOnlyFile(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.file("out", []byte("precious"))
		require.NoError(w, os.Chmod(w.path("out"), 0o444))
		require.ErrorIs(w, w.get(nil), fs.ErrPermission)
		w.requireFile("out", []byte("precious"))
		require.Empty(w, w.sends)
		require.Equal(w, []string{"out"}, w.files())
	})
}

func TestDownloadRefusesALinkToNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		for _, target := range []string{"nothing", "out"} {
			require.NoError(w, os.Symlink(target, w.path("out")))
			require.Error(w, w.get(nil))
			info, err := os.Lstat(w.path("out"))
			require.NoError(w, err)
			require.NotZero(w, info.Mode()&fs.ModeSymlink, "the link stays")
			require.NoError(w, os.Remove(w.path("out")))
		}
		require.Empty(w, w.sends)
	})
}

func TestUploadOfAFileThatIsRewrittenMeanwhileFails(t *testing.T) {
	for _, size := range []int{1000, 200_000} {
		for name, rewrite := range map[string]func(t *testing.T, path string){
			"longer": func(t *testing.T, path string) {
				require.NoError(t, os.WriteFile(path, append(noise(size), 'x'), 0o600))
			},
			"other time": func(t *testing.T, path string) {
				require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1, 0)))
			},
		} {
			t.Run(name, func(t *testing.T) {
				in(t, small, func(w *world) {
					path := w.file("in", noise(size))
					act := func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
						rewrite(w.T, path)
						up.ServeHTTP(rw, r)
					}
					w.on("PutObject", 1, act)
					w.faults = append(w.faults, fault{operation: "UploadPart", skip: 3, act: act})
					err := w.client.Upload(context.Background(), path, "k", nil)
					require.ErrorIs(w, err, s3client.ErrSourceChanged)
					require.LessOrEqual(w, w.count("PutObject"), 1, "a new attempt cannot succeed")
					w.requireNoUploads()
					require.Zero(w, w.count("CompleteMultipartUpload"))
				})
			})
		}
	}
}

// The time of the file is set back after its first part has been changed and sent.
func TestUploadOfAFileWithOldTimeAndNewContentFails(t *testing.T) {
	config := small
	config.Concurrency = 1
	in(t, config, func(w *world) {
		path := w.file("in", noise(200_000))
		info, err := os.Stat(path)
		require.NoError(w, err)
		rewrite := func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			content := noise(200_000)
			content[0]++
			require.NoError(w, os.WriteFile(path, content, 0o600))
			require.NoError(w, os.Chtimes(path, time.Time{}, info.ModTime()))
			up.ServeHTTP(rw, r)
		}
		w.faults = []fault{{operation: "UploadPart", skip: 3, act: rewrite}}
		require.ErrorIs(w, w.client.Upload(context.Background(), path, "k", nil), s3client.ErrSourceChanged)
		require.Empty(w, w.fake.Keys("demo"))
		w.requireNoUploads()
	})
}
