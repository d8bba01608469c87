package s3client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// open opens the object "k" and fails the test if that fails.
func (w *world) open(options *s3client.GetOptions) *s3client.Reader {
	w.Helper()
	reader, err := w.client.Get(context.Background(), "k", options)
	require.NoError(w, err)
	return reader
}

func TestGetReadsObjectInOneRequest(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		reader := w.open(nil)
		require.Equal(w, int64(size), reader.Length())
		info := reader.Info()
		require.Equal(w, "k", info.Key)
		require.Equal(w, int64(size), info.Size)
		require.Equal(w, w.etag("k"), info.ETag)
		require.NoError(w, iotest.TestReader(reader, content))
		require.NoError(w, reader.Close())
		require.Equal(w, []string{"GetObject"}, w.operations())
	})
}

func TestGetResumesWhereItWasCut(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(0)).on("GetObject", 2, cut(100_000))
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))
		require.NoError(w, reader.Close())
		require.Equal(w, 4, w.count("GetObject"))
		require.Equal(w, w.etag("k"), w.sends[1].header.Get("If-Match"), "Info is of this object")
		require.Empty(w, w.sends[1].header.Get("Range"))
		require.Equal(w, "bytes=100000-", w.sends[2].header.Get("Range"))
		require.Equal(w, "bytes=200000-", w.sends[3].header.Get("Range"))
		require.Equal(w, w.etag("k"), w.sends[3].header.Get("If-Match"))
		for _, a := range w.attempts {
			require.Equal(w, w.attempts[0].InvocationID, a.InvocationID)
		}
	})
}

func TestGetOfRange(t *testing.T) {
	for text, bounds := range map[string][2]int{"1000-250999": {1000, 251_000}, "-200000": {100_000, size}} {
		seeded(t, s3client.Config{}, func(w *world, content []byte) {
			w.on("GetObject", 1, cut(70_000))
			reader := w.open(&s3client.GetOptions{Range: text})
			require.Equal(w, int64(bounds[1]-bounds[0]), reader.Length())
			require.Equal(w, int64(size), reader.Info().Size)
			got, err := io.ReadAll(reader)
			require.NoError(w, err)
			require.True(w, bytes.Equal(content[bounds[0]:bounds[1]], got))
			require.NoError(w, reader.Close())
		})
	}
}

// The reader waits an hour after each of its first reads. Neither the watchdog nor MaxElapsed
// counts that time, and the server closes the connection meanwhile.
func TestGetWithSlowCallerIsNoStall(t *testing.T) {
	config := s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxElapsed = time.Minute })}
	seeded(t, config, func(w *world, content []byte) {
		w.on("GetObject", 3, cut(60_000))
		reader := w.open(nil)
		got := make([]byte, 0, size)
		for buffer := make([]byte, 10_000); ; {
			n, err := reader.Read(buffer)
			got = append(got, buffer[:n]...)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(w, err)
			time.Sleep(time.Hour)
		}
		require.True(w, bytes.Equal(content, got))
		require.NoError(w, reader.Close())
		require.Equal(w, 4, w.count("GetObject"))
	})
}

func TestGetThatStallsIsResumed(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			defer func() {
				_ = recover()
				<-r.Context().Done()
				panic(http.ErrAbortHandler)
			}()
			cut(100_000)(rw, r, up)
		})
		start := time.Now()
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))
		require.NoError(w, reader.Close())
		require.Equal(w, s3client.DefaultAttemptTimeout+time.Second, time.Since(start), "the stall and one wait")
	})
}

func TestGetWithWrongChecksumFailsAtTheEnd(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, flip)
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.ErrorIs(w, err, s3client.ErrIntegrity)
		require.ErrorIs(w, err, retry.ErrPermanent, "the bytes are given out")
		require.Len(w, got, len(content))
		require.NoError(w, reader.Close(), "Read has told it")
		require.Equal(w, 1, w.count("GetObject"))
	})
}

func TestCloseTellsWrongChecksumToCallerWhoReadsNoFurther(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, flip)
		reader := w.open(nil)
		_, err := io.ReadFull(reader, make([]byte, len(content)))
		require.NoError(w, err)
		require.ErrorIs(w, reader.Close(), s3client.ErrIntegrity)
		require.NoError(w, reader.Close())
	})
}

func TestGetFailsWhenObjectIsReplacedMidway(t *testing.T) {
	for name, ignored := range map[string]bool{"If-Match honoured": false, "If-Match ignored": true} {
		t.Run(name, func(t *testing.T) {
			for _, sent := range []int{0, 100_000} {
				seeded(t, s3client.Config{}, func(w *world, _ []byte) {
					before := w.etag("k")
					w.unsigned()
					w.on("GetObject", 1, cut(sent))
					if ignored {
						w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
							r.Header.Del("If-Match")
							up.ServeHTTP(rw, r)
						})
					}
					reader := w.open(nil)
					require.NoError(w, w.fake.Put("demo", "k", noise(size + 1)[1:]))
					got, err := io.ReadAll(reader)
					require.ErrorIs(w, err, s3client.ErrObjectChanged)
					changed, _ := errors.AsType[*s3client.ChangedError](err)
					require.Equal(w, before, changed.Before)
					require.Len(w, got, sent)
					require.NotErrorIs(w, err, s3client.ErrPreconditionFailed, "the caller set no condition")
					require.NoError(w, reader.Close())
					require.Equal(w, 2, w.count("GetObject"))
				})
			}
		})
	}
}

func TestGetSkipsWhatItHasWhenServerIgnoresRange(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.unsigned()
		w.on("GetObject", 2, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Header.Del("Range")
			cut(100_000)(rw, r, up)
		})
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.Header.Del("Range")
			up.ServeHTTP(rw, r)
		})
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))
		require.NoError(w, reader.Close())
		require.Equal(w, 3, w.count("GetObject"))
	})
}

func TestGetWithoutETagIsNotResumed(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			cut(100_000)(rw, r, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				without("Etag")(rw, r, up)
			}))
		})
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.ErrorIs(w, err, retry.ErrPermanent)
		require.ErrorIs(w, err, io.ErrUnexpectedEOF, "the cause")
		require.Len(w, got, 100_000)
		require.NoError(w, reader.Close())
		require.Equal(w, 1, w.count("GetObject"))
	})
}

func TestGetOfUnknownLengthAsksForIt(t *testing.T) {
	seeded(t, s3client.Config{IgnoreETag: true}, func(w *world, content []byte) {
		w.on("GetObject", 1, closeDelimited(1000, sums...))
		reader := w.open(nil)
		require.Equal(w, int64(-1), reader.Length())
		got, err := io.ReadAll(reader)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))
		require.NoError(w, reader.Close())
		require.Equal(w, []string{"GetObject", "HeadObject", "GetObject"}, w.operations())
	})
}

// The world checks that no connection is left, and TestMain that no goroutine is.
func TestCloseMidwayLeavesNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		require.NoError(w, w.open(nil).Close())
		before := runtime.NumGoroutine()
		reader := w.open(nil)
		_, err := io.ReadFull(reader, make([]byte, 1000))
		require.NoError(w, err)
		require.NoError(w, reader.Close())
		_, err = reader.Read(make([]byte, 1))
		require.ErrorContains(w, err, "closed")
		time.Sleep(time.Second)
		require.LessOrEqual(w, runtime.NumGoroutine(), before)
		require.NotContains(w, w.logs.String(), "failed", "a caller that has enough is no failure")
		require.NoError(w, w.attempts[1].Err)
	})
}

func TestCloseEndsReadThatWaits(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 1, cut(1000)).on("GetObject", 0, silence)
		reader := w.open(nil)
		ended := make(chan error)
		go func() {
			_, err := io.ReadAll(reader)
			ended <- err
		}()
		time.Sleep(10 * time.Second)
		require.NoError(w, reader.Close())
		require.ErrorIs(w, <-ended, context.Canceled)
	})
}

func TestGetEndsWithItsContext(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		ctx, cancel := context.WithCancel(context.Background())
		reader, err := w.client.Get(ctx, "k", nil)
		require.NoError(w, err)
		cancel()
		_, err = io.ReadAll(reader)
		require.ErrorIs(w, err, context.Canceled)
		require.NoError(w, reader.Close())
	})
}

// net/http reports such a connection as io.EOF inside its own error.
func TestGetFailsWhenConnectionsCloseWithoutResponse(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, reset)
		_, err := w.client.Get(context.Background(), "k", nil)
		require.ErrorIs(w, err, retry.ErrExhausted)
	})
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(1000)).on("GetObject", 0, reset)
		reader := w.open(nil)
		got, err := io.ReadAll(reader)
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.True(w, bytes.Equal(content[:len(got)], got))
		require.NoError(w, reader.Close())
	})
}

func TestGetOfMissingObjectFailsAtOnce(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		_, err := w.client.Get(context.Background(), "k", nil)
		require.True(w, s3client.IsNotFound(err))
		require.Equal(w, 1, w.count("GetObject"))
	})
}

func TestGetOfEmptyObject(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", nil))
		for _, span := range []string{"", "-5"} {
			reader := w.open(&s3client.GetOptions{Range: span})
			got, err := io.ReadAll(reader)
			require.NoError(w, err)
			require.Empty(w, got)
			require.Zero(w, reader.Length())
			require.NoError(w, reader.Close())
		}
	})
}

func TestDownloadToResumesWhereItWasCut(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 2, cut(100_000))
		var got bytes.Buffer
		var seen recorder
		require.NoError(w, w.client.DownloadTo(context.Background(), "k", &got,
			&s3client.DownloadOptions{Progress: seen.report}))
		require.True(w, bytes.Equal(content, got.Bytes()))
		require.Equal(w, int64(size), seen.done[len(seen.done)-1])
		require.Equal(w, 3, w.count("GetObject"))
	})
}

// writer is a writer in the caller's code.
type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestDownloadToWriterThatFailsIsNotRetried(t *testing.T) {
	errFull := errors.New("no space left")
	for name, c := range map[string]struct {
		write writer
		want  error
	}{
		"error": {func([]byte) (int, error) { return 0, errFull }, errFull},
		"short": {func(p []byte) (int, error) { return len(p) - 1, nil }, io.ErrShortWrite},
		"panic": {func([]byte) (int, error) { panic(errFull) }, errFull},
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				err := w.client.DownloadTo(context.Background(), "k", c.write, nil)
				require.ErrorIs(w, err, c.want)
				require.ErrorIs(w, err, retry.ErrPermanent)
				require.Equal(w, 1, w.count("GetObject"))
			})
		})
	}
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		lying := writer(func(p []byte) (int, error) { return len(p) + 1, nil })
		require.ErrorContains(w, w.client.DownloadTo(context.Background(), "k", lying, nil), "outside of its buffer")
	})
}

func TestDownloadToSlowWriterIsNoStall(t *testing.T) {
	seeded(t, s3client.Config{MinRate: 1 << 20}, func(w *world, content []byte) {
		var got bytes.Buffer
		slow := writer(func(p []byte) (int, error) {
			time.Sleep(time.Hour)
			return got.Write(p)
		})
		require.NoError(w, w.client.DownloadTo(context.Background(), "k", slow, nil))
		require.True(w, bytes.Equal(content, got.Bytes()))
		require.Equal(w, 1, w.count("GetObject"))
	})
}

// iter.Pull would end the process here.
func TestGetIsReadByGoroutineLockedToItsThread(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		reader := w.open(nil)
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			got, err := io.ReadAll(reader)
			if err == nil && !bytes.Equal(content, got) {
				err = errors.New("other content")
			}
			done <- err
		}()
		require.NoError(w, <-done)
		require.NoError(w, reader.Close())
	})
}

// The world checks that no connection is left.
func TestGetWithoutCloseLeavesNothingWhenItsContextEnds(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		ctx, cancel := context.WithCancel(context.Background())
		reader, err := w.client.Get(ctx, "k", nil)
		require.NoError(w, err)
		_, err = io.ReadFull(reader, make([]byte, 1000))
		require.NoError(w, err)
		cancel()
	})
}

func TestPanicDuringGetComesToItsCaller(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		client := s3client.WithObserver(w.client, func() { panic("observer") })
		reader, err := client.Get(context.Background(), "k", nil)
		require.NoError(w, err)
		require.PanicsWithValue(w, "observer", func() { _, _ = io.ReadAll(reader) })
		require.NoError(w, reader.Close())
	})
}

// A load balancer's 404 says nothing about the object.
func TestResumedReadThatMeetsForeign404IsNotOfChangedObject(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(1000)).on("GetObject", 1, page(404, "text/html"))
		got, err := readBy["Get"](w, s3client.GetOptions{})
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))

		w.on("GetObject", 1, cut(1000)).on("GetObject", 0, page(404, "text/html"))
		_, err = readBy["Get"](w, s3client.GetOptions{})
		require.ErrorIs(w, err, retry.ErrExhausted)
		require.NotErrorIs(w, err, s3client.ErrObjectChanged)
	})
}

// panicking is a transport that panics, and keeps the context of its request.
type panicking struct{ sent context.Context }

func (p *panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	p.sent = r.Context()
	panic("transport")
}

func TestPanicOfATransportDuringGetReleasesTheAttempt(t *testing.T) {
	transport := &panicking{}
	client, err := s3client.New(s3client.Config{
		Endpoint: "http://s3.test", Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: &http.Client{Transport: transport},
	})
	require.NoError(t, err)
	require.PanicsWithValue(t, "transport", func() { _, _ = client.Get(t.Context(), "k", nil) })
	require.Error(t, transport.sent.Err(), "the attempt's context has ended")
}
