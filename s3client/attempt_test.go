package s3client_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestAttemptsOfARequestShareTheirInvocationID(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 2, respond(503, "SlowDown"))
		require.NoError(w, w.put("k", []byte("x"), nil))
		require.NoError(w, w.put("k", []byte("x"), nil))
		var ids, ordinals []string
		for _, s := range w.sends {
			ids = append(ids, s.header.Get("Amz-Sdk-Invocation-Id"))
			ordinals = append(ordinals, s.header.Get("Amz-Sdk-Request"))
			authorization := s.header.Get("Authorization")
			require.Contains(w, authorization, "amz-sdk-invocation-id;amz-sdk-request;", "both are signed")
		}
		require.Equal(w, []string{"attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3", "attempt=1; max=3"},
			ordinals)
		require.Len(w, ids[0], 36)
		require.Equal(w, []string{ids[0], ids[0], ids[0]}, ids[:3])
		require.NotEqual(w, ids[0], ids[3])
		require.Equal(w, ids[0], w.attempts[0].InvocationID)
	})
}

// net/http sends a GET again by itself when a kept-alive connection dies: it must not.
func TestAConnectionThatDiesCostsAnAttemptNotASilentSend(t *testing.T) {
	calls := map[string]func(w *world) error{
		"GetObject":  func(w *world) error { return w.get(nil) },
		"HeadObject": func(w *world) error { _, err := w.client.Exists(context.Background(), "k"); return err },
		"ListObjectsV2": func(w *world) error {
			_, err := collect(w.client.List(context.Background(), "", nil))
			return err
		},
		"DeleteObject": func(w *world) error { return w.client.Delete(context.Background(), "other") },
		"PutObject":    func(w *world) error { return w.put("k2", []byte("x"), nil) },
	}
	for operation, call := range calls {
		t.Run(operation, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				require.NoError(w, call(w), "the connection is now kept alive")
				w.sends = nil
				w.on(operation, 2, reset)
				start := time.Now()
				require.NoError(w, call(w))
				require.Equal(w, 3*time.Second, time.Since(start))
				require.Equal(w, 3, w.count(operation))
			})
		})
	}
}

func TestACancelledContextSendsNothing(t *testing.T) {
	seeded(t, small, func(w *world, _ []byte) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(w, w.client.Download(ctx, "k", w.path("out"), nil), context.Canceled)
		require.ErrorIs(w, w.client.UploadStream(ctx, strings.NewReader("x"), "k", nil), context.Canceled)
		require.ErrorIs(w, w.client.UploadStream(ctx, bytes.NewReader(noise(100_000)), "k", nil), context.Canceled)
		require.ErrorIs(w, w.client.Delete(ctx, "k"), context.Canceled)
		_, err := collect(w.client.List(ctx, "", nil))
		require.ErrorIs(w, err, context.Canceled)
		require.Empty(w, w.sends)
		require.Empty(w, w.files())
	})
}

func TestNoConnectionIsRetried(t *testing.T) {
	const at = "s3.test:80"
	for name, err := range map[string]error{
		"refused": memnet.Refused(at), "unreachable": memnet.Unreachable(at), "no route": memnet.NoRoute(at),
		"timed out": memnet.TimedOut(at), "no such host": memnet.NXDomain("s3.test"),
		"dns": memnet.DNSTemporary("s3.test"),
	} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				dials := 0
				w.network.OnDial(func(context.Context, string, string) error {
					if dials++; dials <= 2 {
						return err
					}
					return nil
				})
				require.NoError(w, w.put("geofence-404-eof.img", []byte("x"), nil))
				require.Equal(w, 3, dials)
				require.Len(w, w.attempts, 3)
				require.ErrorIs(w, w.attempts[0].Err, err)
			})
		})
	}
}

func TestAResetOnDialIsNoLostWrite(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, respond(403, "AccessDenied"))
		dials := 0
		w.network.OnDial(func(context.Context, string, string) error {
			if dials++; dials == 1 {
				return memnet.Refused("s3.test:80")
			}
			return nil
		})
		require.Equal(w, "AccessDenied", code(w.put("k", []byte("ours"), onlyNew)))
		require.Zero(w, w.count("HeadObject"), "what was never sent cannot have been written")
		require.ErrorIs(w, w.attempts[0].Err, syscall.ECONNREFUSED)
	})
}

func TestRefusalsAreErrorsAtOnce(t *testing.T) {
	for status, name := range map[int]string{400: "InvalidRequest", 403: "AccessDenied", 404: "NoSuchBucket"} {
		seeded(t, small, func(w *world, _ []byte) {
			for _, operation := range []string{
				"GetObject", "PutObject", "ListObjectsV2", "DeleteObject",
				"CreateMultipartUpload",
			} {
				w.on(operation, 0, respond(status, name))
			}
			ctx := context.Background()
			_, list := collect(w.client.List(ctx, "", nil))
			for _, err := range []error{
				w.get(nil), w.put("a", []byte("x"), nil), list, w.client.Delete(ctx, "k"),
				w.put("a", noise(100_000), nil),
			} {
				require.Equal(w, name, code(err))
				require.ErrorIs(w, err, retry.ErrPermanent)
				var failed *retry.Error
				require.ErrorAs(w, err, &failed)
				require.Equal(w, 1, failed.Attempts)
			}
			require.Len(w, w.sends, 5)
		})
	}
}

func TestExistsTakesOnly404ForNo(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		ctx := context.Background()
		there, err := w.client.Exists(ctx, "k")
		require.NoError(w, err)
		require.False(w, there)
		require.Equal(w, 1, w.count("HeadObject"))
		for _, status := range []int{403, 400} {
			w.on("HeadObject", 1, respond(status, ""))
			_, err = w.client.Exists(ctx, "k")
			require.ErrorIs(w, err, retry.ErrPermanent)
		}
		require.Equal(w, 3, w.count("HeadObject"))
		w.on("HeadObject", 2, respond(503, ""))
		_, err = w.client.Exists(ctx, "k")
		require.NoError(w, err)
		require.Equal(w, 6, w.count("HeadObject"))
	})
}

func TestARepeatedDeleteIsASuccess(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("DeleteObject", 1, lose)
		require.NoError(w, w.client.Delete(context.Background(), "k"))
		require.Empty(w, w.fake.Keys("demo"))
		require.Equal(w, 2, w.count("DeleteObject"))
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			rw.Header().Set("Location", "http://s3.test/demo/elsewhere")
			respond(301, "PermanentRedirect")(rw, r, nil)
		})
		require.Equal(w, "PermanentRedirect", code(w.get(nil)))
		require.Equal(w, len(w.attempts), w.count("GetObject"), "no send without an attempt")
	})
}

func TestTheObserverSeesEveryAttempt(t *testing.T) {
	seeded(t, s3client.Config{Prefix: ""}, func(w *world, content []byte) {
		w.on("GetObject", 1, respond(503, "SlowDown")).on("GetObject", 1, cut(1000))
		require.NoError(w, w.get(nil))
		require.Len(w, w.attempts, 3)
		a, b, c := w.attempts[0], w.attempts[1], w.attempts[2]
		for i, seen := range w.attempts {
			require.Equal(w, i+1, seen.Number)
			require.Equal(w, 3, seen.Max)
			require.Equal(w, "GetObject demo k", seen.Operation+" "+seen.Bucket+" "+seen.Key)
			require.Equal(w, a.InvocationID, seen.InvocationID)
		}
		require.Equal(w, retry.ClassThrottle, a.Class)
		require.Equal(w, retry.ClassTransient, b.Class)
		require.Equal(w, retry.ClassSuccess, c.Class)
		require.Equal(w, []time.Duration{0, time.Second, 2 * time.Second}, []time.Duration{a.Wait, b.Wait, c.Wait})
		require.Equal(w, a.End.Add(time.Second), b.Start)
		require.EqualValues(w, 1000, b.Received)
		require.EqualValues(w, len(content)-1000, c.Received)
		require.Error(w, a.Err)
		require.NoError(w, c.Err)
	})
}

func TestTheServersHintIsObeyed(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"Retry-After: 7":          7 * time.Second,
		"X-Amz-Retry-After: 2500": 2500 * time.Millisecond,
	} {
		in(t, s3client.Config{}, func(w *world) {
			name, value, _ := strings.Cut(header, ": ")
			w.on("HeadObject", 1, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
				rw.Header().Set(name, value)
				respond(503, "SlowDown")(rw, r, nil)
			})
			_, err := w.client.Exists(context.Background(), "k")
			require.NoError(w, err)
			require.Equal(w, want, w.attempts[1].Wait)
		})
	}
}

// S3 says 400 to a connection that was too slow.
func TestARequestTimeoutIsRetriedAlthoughItIsA400(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 2, respond(400, "RequestTimeout"))
		require.NoError(w, w.put("k", []byte("x"), nil))
		require.Equal(w, 3, w.count("PutObject"))
	})
}

// The server's clock is a day ahead: the SDK learns it from the refusal.
func TestAClockThatDiffersIsCorrected(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		ahead := time.Now().Add(24 * time.Hour)
		w.on("PutObject", 1, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			rw.Header().Set("Date", ahead.UTC().Format(http.TimeFormat))
			respond(403, "RequestTimeTooSkewed")(rw, r, nil)
		})
		w.unsigned()
		require.NoError(w, w.put("k", []byte("x"), nil))
		require.Equal(w, "20000102T", w.sends[1].header.Get("X-Amz-Date")[:9])
	})
}

// The response to a HEAD has no code: only its Date tells skew from a lack of rights.
func TestAClockThatDiffersIsCorrectedForAHead(t *testing.T) {
	for ahead, want := range map[time.Duration]int{24 * time.Hour: 2, -time.Hour: 2, time.Minute: 1, 0: 1} {
		seeded(t, s3client.Config{}, func(w *world, _ []byte) {
			w.unsigned()
			w.on("HeadObject", 1, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
				rw.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
				respond(403, "")(rw, r, nil)
			})
			there, err := w.client.Exists(context.Background(), "k")
			require.Equal(w, want, w.count("HeadObject"))
			if want == 1 {
				require.ErrorIs(w, err, retry.ErrPermanent)
				return
			}
			require.NoError(w, err)
			require.True(w, there)
			signed, err := time.Parse("20060102T150405Z", w.sends[1].header.Get("X-Amz-Date"))
			require.NoError(w, err)
			require.WithinDuration(w, time.Now().Add(ahead), signed, time.Minute)
		})
	}
}

func TestParallelRequestsAreAllCorrectedForTheClock(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.unsigned()
		w.on("HeadObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			server := time.Now().Add(24 * time.Hour)
			rw.Header().Set("Date", server.UTC().Format(http.TimeFormat))
			signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || server.Sub(signed).Abs() > 15*time.Minute {
				respond(403, "")(rw, r, nil)
				return
			}
			up.ServeHTTP(dated{rw, server}, r)
		})
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				there, err := w.client.Exists(context.Background(), "k")
				assert.NoError(w, err)
				assert.True(w, there)
			})
		}
		group.Wait()
		sends := w.count("HeadObject")
		require.LessOrEqual(w, sends, 16)
		_, err := w.client.Exists(context.Background(), "k")
		require.NoError(w, err)
		require.Equal(w, sends+1, w.count("HeadObject"), "the client remembers the difference")
	})
}

// dated is a response of a server whose clock shows at.
type dated struct {
	http.ResponseWriter
	at time.Time
}

func (d dated) WriteHeader(status int) {
	d.Header().Set("Date", d.at.UTC().Format(http.TimeFormat))
	d.ResponseWriter.WriteHeader(status)
}

func TestReadsAreSentWithoutABody(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		require.NoError(w, w.get(nil))
		_, err := w.client.Exists(context.Background(), "k")
		require.NoError(w, err)
		for _, s := range w.sends {
			require.Zero(w, s.length, "%s has neither a length nor chunks", s.operation)
		}
	})
}

func TestRefusedExpectationIsRepeatedWithoutIt(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		refuse := respond(417, "ExpectationFailed")
		w.on("PutObject", 1, refuse)
		content := noise(3 << 20)
		require.NoError(w, w.put("k", content, nil))
		var expectations []string
		for _, s := range w.sends {
			expectations = append(expectations, s.header.Get("Expect"))
		}
		require.Equal(w, []string{"100-continue", ""}, expectations)

		w.on("PutObject", 0, refuse)
		require.ErrorIs(w, w.put("k2", content, nil), retry.ErrPermanent)
		require.Equal(w, 4, w.count("PutObject"), "a 417 without an expectation is final")
	})
}
