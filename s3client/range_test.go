package s3client_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// ranged are the options of a download of a range.
func ranged(text string) *s3client.DownloadOptions {
	return &s3client.DownloadOptions{GetOptions: s3client.GetOptions{Range: text}}
}

func TestARangeIsDownloaded(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		for text, want := range map[string][]byte{
			"0-99": content[:100], "100-": content[100:], "-500": content[size-500:],
			"299999-400000": content[299_999:], "-900000": content, "0-": content,
		} {
			require.NoError(w, w.get(ranged(text)), text)
			w.requireFile("out", want)
		}
	})
}

func TestACutRangeGoesOnWhereItWasCut(t *testing.T) {
	for text, bounds := range map[string][2]int{"1000-250999": {1000, 251_000}, "-200000": {100_000, size}} {
		seeded(t, s3client.Config{}, func(w *world, content []byte) {
			w.on("GetObject", 2, cut(70_000))
			require.NoError(w, w.get(ranged(text)))
			w.requireFile("out", content[bounds[0]:bounds[1]])
			require.Equal(w, 3, w.count("GetObject"))
		})
	}
}

func TestARangeThatIsNotTheOneAskedForIsNotAccepted(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.unsigned()
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Header.Set("Range", "bytes=1-100")
			up.ServeHTTP(rw, r)
		})
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Header.Del("Range")
			up.ServeHTTP(rw, r)
		})
		require.NoError(w, w.get(ranged("0-99")))
		w.requireFile("out", content[:100])
		require.Equal(w, 3, w.count("GetObject"))
	})
}

// Without a checksum the announced range is all there is to go by.
func TestAnAnswerThatIsNotAsLongAsItsRangeIsNotAccepted(t *testing.T) {
	seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
		w.on("GetObject", 1, raw(func(_ http.Header, body []byte) []byte { return append(body, "and more"...) }))
		w.on("GetObject", 1, closeDelimited(40, sums...))
		require.NoError(w, w.get(ranged("0-99")))
		w.requireFile("out", content[:100])
		require.Equal(w, 3, w.count("GetObject"))
		require.Equal(w, "bytes=40-99", w.sends[2].header.Get("Range"))
	})
}

func TestAnAnswerThatGoesOnElsewhereIsNotAccepted(t *testing.T) {
	seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
		w.unsigned()
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			cut(1000)(rw, r,
				http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { without(sums...)(rw, r, up) }))
		})
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Header.Set("Range", "bytes=2000-")
			without(sums...)(rw, r, up)
		})
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, 3, w.count("GetObject"))
	})
}

func TestARangeThatMakesNoSenseSendsNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		for _, text := range []string{
			"-", "5", "9-3", "-0", "a-b", "1-2-3", "-1-5", "0-99999999999999999999", "0x1-2",
			"+1-2", " 1-2",
		} {
			require.Error(w, w.get(ranged(text)), text)
		}
		require.Empty(w, w.sends)
	})
}

func TestARangeBeyondTheObjectIsS3sError(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		err := w.get(ranged("900000-"))
		require.Equal(w, "InvalidRange", code(err))
		require.NotErrorIs(w, err, s3client.ErrObjectChanged)
		require.Equal(w, 1, w.count("GetObject"))
	})
}
