package s3client_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

const size = 300_000

// seeded is a world with the object "k".
func seeded(t *testing.T, config s3client.Config, test func(w *world, content []byte)) {
	t.Helper()
	in(t, config, func(w *world) {
		content := noise(size)
		require.NoError(w, w.fake.Put("demo", "k", content))
		test(w, content)
	})
}

func (w *world) get(options *s3client.DownloadOptions) error {
	return w.client.Download(context.Background(), "k", w.path("out"), options)
}

func TestDownloadIsOneRequest(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, []string{"GetObject"}, w.operations())
	})
}

func TestACutDownloadGoesOnWhereItWasCut(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 2, cut(100_000))
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, []string{"GetObject", "GetObject", "GetObject"}, w.operations())
		etag := w.etag("k")
		require.Empty(w, w.sends[0].header.Get("Range"))
		require.Equal(w, "bytes=100000-", w.sends[1].header.Get("Range"))
		require.Equal(w, "bytes=200000-", w.sends[2].header.Get("Range"))
		require.Equal(w, etag, w.sends[1].header.Get("If-Match"))
		require.Equal(w, []string{"out"}, w.files())
	})
}

func TestACutBeforeTheFirstByteBeginsAnew(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(0))
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Empty(w, w.sends[1].header.Get("If-Match"))
	})
}

// A server whose answers have no ETag gives nothing to resume by.
func TestACutDownloadWithoutETagBeginsAnew(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			cut(100_000)(rw, r, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				without("Etag")(rw, r, up)
			}))
		})
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Empty(w, w.sends[1].header.Get("Range"))
	})
}

func TestTheOldFileStaysWholeOnFailure(t *testing.T) {
	for name, act := range map[string]action{
		"cut": cut(1000), "refused": respond(403, "AccessDenied"), "corrupt": flip, "silent": silence,
		"short": closeDelimited(1000),
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				w.file("out", []byte("precious"))
				w.on("GetObject", 0, act)
				require.Error(w, w.get(nil))
				w.requireFile("out", []byte("precious"))
				require.Equal(w, []string{"out"}, w.files(), "nothing is left behind")
			})
		})
	}
}

func TestAFileIsReplacedWithItsMode(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.file("real", []byte("old"))
		require.NoError(w, os.Chmod(w.path("real"), 0o640))
		require.NoError(w, os.Symlink("real", w.path("out")))
		require.NoError(w, w.get(nil))
		w.requireFile("real", content)
		info, err := os.Stat(w.path("real"))
		require.NoError(w, err)
		require.Equal(w, os.FileMode(0o640), info.Mode().Perm())
	})
}

// A pipe cannot be synced.
func TestAFileThatDoesNotReachTheDiskIsNotPutInPlace(t *testing.T) {
	commit := func(lazy bool) (string, error) {
		reader, writer, err := os.Pipe()
		require.NoError(t, err)
		defer func() { require.NoError(t, reader.Close()) }()
		return writer.Name(), s3client.CommitAs(writer, t.TempDir()+"/out", lazy)
	}
	_, err := commit(false)
	require.ErrorIs(t, err, syscall.EINVAL)
	name, err := commit(true)
	require.NotErrorIs(t, err, syscall.EINVAL)
	require.ErrorContains(t, err, "rename "+name)
}

func TestADestinationThatCannotBeWrittenSendsNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		for _, path := range []string{"", w.path("missing/out"), w.dir, filepath.Join(w.file("plain", nil), "below")} {
			require.Error(w, w.client.Download(context.Background(), "k", path, nil))
		}
		require.Empty(w, w.sends)
	})
}

func TestAnObjectReplacedMidwayIsATypedError(t *testing.T) {
	for name, ignored := range map[string]bool{"If-Match honoured": false, "If-Match ignored": true} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				before := w.etag("k")
				w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
					time.AfterFunc(time.Millisecond, func() { _ = w.fake.Put("demo", "k", noise(size + 1)[1:]) })
					cut(100_000)(rw, r, up)
				})
				if ignored {
					w.unsigned()
					w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
						r.Header.Del("If-Match")
						up.ServeHTTP(rw, r)
					})
				}
				err := w.get(nil)
				require.ErrorIs(w, err, s3client.ErrObjectChanged)
				var changed *s3client.ChangedError
				require.ErrorAs(w, err, &changed)
				require.Equal(w, before, changed.Before)
				require.Equal(w, 2, w.count("GetObject"), "trying again cannot help")
				require.Empty(w, w.files())
			})
		})
	}
}

func TestAnObjectDeletedMidwayIsATypedError(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 1, cut(100_000)).on("GetObject", 0, respond(404, "NoSuchKey"))
		err := w.get(nil)
		require.ErrorIs(w, err, s3client.ErrObjectChanged)
		require.Equal(w, "NoSuchKey", code(err))
	})
}

// flip turns one bit of the body and leaves the headers as they are.
var flip = answer(func(_ http.Header, body []byte) []byte {
	body[len(body)/2] ^= 1
	return body
})

func TestFlippedBytesAreNotAccepted(t *testing.T) {
	for name, lacking := range map[string][]string{
		"by checksum":            nil,
		"by the MD5 in the ETag": {"X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Type"},
	} {
		t.Run(name, func(t *testing.T) {
			flipped := func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
				flip(rw, r,
					http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { without(lacking...)(rw, r, up) }))
			}
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.on("GetObject", 2, flipped)
				require.NoError(w, w.get(nil))
				w.requireFile("out", content)
				require.Equal(w, 3, w.count("GetObject"))
				require.Empty(w, w.sends[2].header.Get("Range"), "what arrived is thrown away")

				w.on("GetObject", 0, flipped)
				err := w.get(nil)
				require.ErrorIs(w, err, s3client.ErrIntegrity)
				require.ErrorIs(w, err, retry.ErrExhausted)
			})
		})
	}
}

// The SDK verifies single answers; a body put together from two is ours. A checksum of the parts'
// checksums says nothing about the whole.
func TestADownloadWithoutAChecksumIsLogged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(head http.Header)
		logged bool
	}{
		"checksum": {func(http.Header) {}, false},
		"of parts": {func(head http.Header) {
			head.Set("X-Amz-Checksum-Crc32", "AAAAAA==-2")
			head.Set("X-Amz-Checksum-Type", "COMPOSITE")
			head.Set("Etag", `"2b47001e69cf0cf91e6ea8fb8cfe04cd-2"`)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.on("GetObject", 0, answer(func(head http.Header, body []byte) []byte {
					head.Del("X-Amz-Checksum-Crc64nvme")
					c.change(head)
					return body
				}))
				require.NoError(w, w.get(nil))
				w.requireFile("out", content)
				require.Equal(w, c.logged, strings.Contains(w.logs.String(), "downloaded without a checksum"))
			})
		})
	}
}

func TestAResumedBodyIsVerifiedWhole(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(100_000)).on("GetObject", 1, flip)
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, 3, w.count("GetObject"))
	})
}

var sums = []string{"X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Type"}

func TestACloseDelimitedBodyCutShortIsNotAccepted(t *testing.T) {
	t.Run("noticed by checksum", func(t *testing.T) {
		seeded(t, s3client.Config{}, func(w *world, content []byte) {
			w.on("GetObject", 2, closeDelimited(1000))
			require.NoError(w, w.get(nil))
			w.requireFile("out", content)
			require.Equal(w, 3, w.count("GetObject"))
		})
	})
	t.Run("noticed by length", func(t *testing.T) {
		seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
			w.on("GetObject", 1, closeDelimited(1000, sums...))
			require.NoError(w, w.get(nil))
			w.requireFile("out", content)
			require.Equal(w, []string{"GetObject", "HeadObject", "GetObject"}, w.operations())
			require.Equal(w, "bytes=1000-", w.sends[2].header.Get("Range"))
		})
	})
	t.Run("of an object that has changed", func(t *testing.T) {
		for _, meanwhile := range []func(w *world){
			func(w *world) { require.NoError(w, w.fake.Put("demo", "k", noise(1000))) },
			func(w *world) { w.on("HeadObject", 0, respond(404, "")) },
		} {
			seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, _ []byte) {
				w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
					closeDelimited(1000, sums...)(rw, r,
						http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
							up.ServeHTTP(rw, r)
							meanwhile(w)
						}))
				})
				require.ErrorIs(w, w.get(nil), s3client.ErrObjectChanged)
				require.Empty(w, w.files())
			})
		}
	})
	t.Run("again and again", func(t *testing.T) {
		for name, config := range map[string]struct {
			bytes int
			drop  []string
		}{"nothing": {0, sums}, "no way to go on": {1000, append([]string{"Etag", "Accept-Ranges"}, sums...)}} {
			seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, _ []byte) {
				w.on("GetObject", 0, closeDelimited(config.bytes, config.drop...))
				require.ErrorIs(w, w.get(nil), retry.ErrExhausted, name)
				require.Equal(w, 3, w.count("GetObject"), "the attempt that led to a HEAD counts")
			})
		}
	})
	t.Run("after its last byte", func(t *testing.T) {
		for name, drop := range map[string][]string{"without a checksum": sums, "with one": nil} {
			seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
				w.on("GetObject", 1, resetDelimited(drop...))
				require.NoError(w, w.get(nil), name)
				w.requireFile("out", content)
			})
		}
	})
	t.Run("whole", func(t *testing.T) {
		seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
			w.on("GetObject", 1, closeDelimited(size, sums...))
			require.NoError(w, w.get(nil))
			w.requireFile("out", content)
			require.Equal(w, []string{"GetObject", "HeadObject"}, w.operations())
		})
	})
}

func TestA404OnDownloadIsAnErrorAtOnce(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		start := time.Now()
		err := w.get(nil)
		require.Equal(w, "NoSuchKey", code(err))
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.Equal(w, 1, w.count("GetObject"))
		require.Zero(w, time.Since(start))
		require.Empty(w, w.files())
	})
}

func (w *world) etag(key string) string {
	object, ok := w.fake.Object("demo", key)
	require.True(w, ok)
	return object.ETag
}
