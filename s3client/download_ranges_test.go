package s3client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// inRanges are the options of a download of four ranges at once.
func inRanges(options s3client.GetOptions) *s3client.DownloadOptions {
	return &s3client.DownloadOptions{GetOptions: options, Concurrency: 4, PartSize: 40_000}
}

// destination collects what is written at offsets.
type destination struct {
	mu      sync.Mutex
	content []byte
}

func (d *destination) WriteAt(p []byte, offset int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end := int(offset) + len(p); end > len(d.content) {
		d.content = append(d.content, make([]byte, end-len(d.content))...)
	}
	return copy(d.content[offset:], p), nil
}

func TestDownloadInRangesAsksForOneObject(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
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
		var seen recorder
		options := inRanges(s3client.GetOptions{})
		options.Progress = seen.report
		require.NoError(w, w.get(options))
		w.requireFile("out", content)
		require.Equal(w, []string{"out"}, w.files())
		require.Equal(w, 4, most, "ranges at once")
		require.Equal(w, 1, w.count("HeadObject"))
		var spans []string
		for _, s := range w.sends[1:] {
			require.Equal(w, w.etag("k"), s.header.Get("If-Match"))
			spans = append(spans, s.header.Get("Range"))
		}
		slices.Sort(spans)
		require.Equal(w, []string{
			"bytes=0-39999", "bytes=120000-159999", "bytes=160000-199999", "bytes=200000-239999",
			"bytes=240000-279999", "bytes=280000-299999", "bytes=40000-79999", "bytes=80000-119999",
		}, spans)
		require.Equal(w, int64(size), seen.done[len(seen.done)-1])
		require.True(w, slices.IsSorted(seen.done))
		require.NotContains(w, w.logs.String(), "without a checksum")
	})
}

// shortened makes a server without ETags cut the first response, and then have a shorter object,
// whose content it returns.
func shortened(w *world, content []byte) []byte {
	shorter := content[:1000]
	w.on("HeadObject", 0, without("Etag"))
	w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
		defer func() { require.NoError(w, w.fake.Put("demo", "k", shorter)) }()
		cut(100_000)(rw, r, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			without("Etag")(rw, r, up)
		}))
	})
	w.on("GetObject", 0, without("Etag"))
	return shorter
}

func TestDownloadInRangesLeavesNoBytesOfLongerObject(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		shorter := shortened(w, content)
		require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
		w.requireFile("out", shorter)
	})
}

func TestDownloadAtFailsWhenBytesOfLongerObjectRemain(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		shortened(w, content)
		var to destination
		err := w.client.DownloadAt(context.Background(), "k", &to, nil)
		require.ErrorIs(w, err, s3client.ErrObjectChanged)
		require.Len(w, to.content, 100_000)
	})
}

func TestDownloadInRangesSurvivesEveryFault(t *testing.T) {
	for name, act := range map[string]action{
		"cut": cut(10_000), "reset": reset, "silence": silence, "503": respond(503, "SlowDown"),
		"short": closeDelimited(5_000), "page": instead("<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.on("GetObject", 3, act)
				require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
				w.requireFile("out", content)
				require.Equal(w, 8+3, w.count("GetObject"))
			})
		})
	}
}

func TestDownloadInRangesOfRange(t *testing.T) {
	for text, bounds := range map[string][2]int{
		"1000-250999": {1000, 251_000}, "-200000": {100_000, size}, "0-900000": {0, size}, "5000-": {5000, size},
		"10-99": {10, 100}, "-100": {size - 100, size},
	} {
		seeded(t, s3client.Config{}, func(w *world, content []byte) {
			w.on("GetObject", 1, cut(50))
			require.NoError(w, w.get(inRanges(s3client.GetOptions{Range: text})))
			w.requireFile("out", content[bounds[0]:bounds[1]])
		})
	}
}

func TestDownloadInRangesIsVerifiedAsAWhole(t *testing.T) {
	drop := func(names ...string) action {
		return func(rw http.ResponseWriter, r *http.Request, up http.Handler) { without(names...)(rw, r, up) }
	}
	const c32, c64 = "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc64nvme"
	for name, head := range map[string]action{
		"CRC": through, "MD5 in the tag": drop(c32, c64, "X-Amz-Checksum-Type"),
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.on("HeadObject", 0, head).on("GetObject", 2, through).on("GetObject", 1, flip)
				require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
				w.requireFile("out", content)
				require.Equal(w, 8+1, w.count("GetObject"), "once more, in one request")
				require.Empty(w, w.sends[len(w.sends)-1].header.Get("Range"))
				require.Equal(w, w.etag("k"), w.sends[len(w.sends)-1].header.Get("If-Match"))
				require.Contains(w, w.logs.String(), "fetched once more")
			})
		})
	}
}

func TestDownloadInRangesOfEveryChecksum(t *testing.T) {
	for _, algorithm := range []string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		t.Run(algorithm, func(t *testing.T) {
			in(t, s3client.Config{IgnoreETag: true}, func(w *world) {
				w.unsigned()
				content := noise(size)
				w.direct("PUT", "/demo/k", string(content), "X-Amz-Sdk-Checksum-Algorithm", algorithm,
					"X-Amz-Checksum-"+algorithm, sumOf(algorithm, content))
				require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
				w.requireFile("out", content)
				require.Equal(w, 8, w.count("GetObject"))
				require.NotContains(w, w.logs.String(), "without a checksum")

				w.on("GetObject", 1, flip)
				require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
				w.requireFile("out", content)
				require.Equal(w, 8+8+1, w.count("GetObject"))
			})
		})
	}
}

func TestDownloadInRangesFollowsParts(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		content := noise(size)
		w.multi(content, 150_000, 100_000, 50_000)
		w.on("GetObject", 1, flip)
		require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
		w.requireFile("out", content)
		require.Equal(w, 3+1, w.count("GetObject"), "the damaged part is fetched again, alone")
		require.NotContains(w, w.logs.String(), "without a checksum")
		for _, s := range w.sends[1:] {
			require.Contains(w, s.query, "partNumber=")
		}
	})
}

// A server that does not know part numbers sends the whole object for each.
func TestDownloadInRangesFallsBackWithoutPartNumbers(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		content := noise(size)
		w.multi(content, 150_000, 150_000)
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.URL.RawQuery = ""
			up.ServeHTTP(rw, r)
		})
		require.NoError(w, w.get(inRanges(s3client.GetOptions{})))
		w.requireFile("out", content)
	})
}

func TestDownloadInRangesFailsWhenObjectIsReplaced(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.file("out", []byte("precious"))
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			require.NoError(w, w.fake.Put("demo", "k", noise(size + 1)[1:]))
			up.ServeHTTP(rw, r)
		})
		require.ErrorIs(w, w.get(inRanges(s3client.GetOptions{})), s3client.ErrObjectChanged)
		w.requireFile("out", []byte("precious"))
		require.Equal(w, []string{"out"}, w.files())
	})
}

func TestDownloadInRangesThatFailsLeavesNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 5, through).on("GetObject", 0, respond(403, "AccessDenied"))
		err := w.get(inRanges(s3client.GetOptions{}))
		require.Equal(w, "AccessDenied", code(err))
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.Empty(w, w.files())
		require.LessOrEqual(w, w.count("GetObject"), 8)
	})
}

func TestDownloadInRangesEndsWithItsContext(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, silence)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := w.client.Download(ctx, "k", w.path("out"), inRanges(s3client.GetOptions{}))
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.Empty(w, w.files())
	})
}

func TestDownloadInRangesOfConditions(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		require.ErrorIs(w, w.get(inRanges(s3client.GetOptions{IfNoneMatch: w.etag("k")})), s3client.ErrNotModified)
		require.ErrorIs(w, w.get(inRanges(s3client.GetOptions{IfMatch: `"other"`})), s3client.ErrPreconditionFailed)
		require.NoError(w, w.get(inRanges(s3client.GetOptions{IfMatch: w.etag("k")})))
		err := w.client.Download(context.Background(), "none", w.path("other"), inRanges(s3client.GetOptions{}))
		require.True(w, s3client.IsNotFound(err))
	})
}

func TestDownloadAtWritesAtOffsets(t *testing.T) {
	seeded(t, s3client.Config{PartSize: 40_000}, func(w *world, content []byte) {
		w.on("GetObject", 3, cut(10_000))
		var got destination
		require.NoError(w, w.client.DownloadAt(context.Background(), "k", &got, nil))
		require.Equal(w, content, got.content)
		require.Equal(w, 8+3, w.count("GetObject"))
	})
}

// fullDisk fails every write behind an offset.
type fullDisk struct {
	destination
	from int64
	err  error
}

func (f *fullDisk) WriteAt(p []byte, offset int64) (int, error) {
	if offset >= f.from {
		return 0, f.err
	}
	return f.destination.WriteAt(p, offset)
}

func TestDownloadAtWriterThatFailsIsNotRetried(t *testing.T) {
	seeded(t, s3client.Config{PartSize: 40_000}, func(w *world, _ []byte) {
		errFull := errors.New("no space left")
		err := w.client.DownloadAt(context.Background(), "k", &fullDisk{from: 100_000, err: errFull}, nil)
		require.ErrorIs(w, err, errFull)
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.LessOrEqual(w, w.count("GetObject"), 8)
	})
}

func TestRangesThatMakeNoSenseSendNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		for want, options := range map[string]*s3client.DownloadOptions{
			"concurrency -1: want 0 or more": {Concurrency: -1},
			"part size -1: want 0 or more":   {PartSize: -1},
			"with a part number: want 1":     {Concurrency: 2, GetOptions: s3client.GetOptions{PartNumber: 1}},
		} {
			require.ErrorContains(w, w.get(options), want)
		}
		err := w.client.DownloadTo(context.Background(), "k", io.Discard, &s3client.DownloadOptions{Concurrency: 2})
		require.ErrorContains(w, err, "want 1, or DownloadAt")
		require.Empty(w, w.sends)
	})
}

func TestSmallObjectComesInOneRequest(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		options := inRanges(s3client.GetOptions{})
		options.PartSize = size
		require.NoError(w, w.get(options))
		w.requireFile("out", content)
		require.Equal(w, []string{"HeadObject", "GetObject"}, w.operations())
		require.True(w, strings.HasPrefix(w.sends[1].header.Get("If-Match"), `"`))
	})
}
