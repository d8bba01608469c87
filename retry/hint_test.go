package retry_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestHeadersOfAServerThatAsksToWait(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	year := 365 * 24 * time.Hour
	for _, c := range []struct {
		header, value, date string
		want                time.Duration // 0: no hint
	}{
		{"Retry-After", "7", "", 7 * time.Second},
		{"Retry-After", " 7 ", "", 7 * time.Second},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:15 GMT", "", 10 * time.Second},
		{"Retry-After", "Friday, 02-Jan-26 03:04:15 GMT", "", 10 * time.Second},
		{"Retry-After", "Fri Jan  2 03:04:15 2026", "", 10 * time.Second},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:15 GMT", "Fri, 02 Jan 2026 03:04:12 GMT", 3 * time.Second},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:00 GMT", "", 0},
		{"Retry-After", "31536000", "", year},
		{"Retry-After", "0", "", 0},
		{"Retry-After", "-1", "", 0},
		{"Retry-After", "1.5", "", 0},
		{"Retry-After", "1e9", "", 0},
		{"Retry-After", "soon", "", 0},
		{"Retry-After", "99999999999999999999999999", "", math.MaxInt64 / time.Second * time.Second},
		{"Retry-After", "9223372036", "", 9223372036 * time.Second},
		{"Retry-After", "9223372037", "", math.MaxInt64 / time.Second * time.Second},
		{"X-Amz-Retry-After", "1500", "", 1500 * time.Millisecond},
		{"X-Amz-Retry-After", "-1500", "", 0},
		{"X-Amz-Retry-After", "99999999999999999999", "", math.MaxInt64 / time.Millisecond * time.Millisecond},
	} {
		header := http.Header{}
		header.Set(c.header, c.value)
		if c.date != "" {
			header.Set("Date", c.date)
		}
		hint, ok := retry.ParseHint(header, now)
		assert.Equal(t, c.want > 0, ok, "%s: %s", c.header, c.value)
		assert.Equal(t, c.want, max(hint.After, 0), "%s: %s", c.header, c.value)
	}
}

func TestFirstHeaderThatCountsDecides(t *testing.T) {
	header := http.Header{"Retry-After": {"9"}, "X-Amz-Retry-After": {"2000"}}
	hint, ok := retry.ParseHint(header, time.Now())
	assert.True(t, ok)
	assert.Equal(t, retry.Hint{After: 2 * time.Second, Window: 5 * time.Second}, hint)
}

// hinting is an error that carries a hint.
type hinting struct{ hint retry.Hint }

func (h hinting) Error() string                 { return "status 503" }
func (h hinting) RetryHint() (retry.Hint, bool) { return h.hint, true }

func TestHintIsALowerBoundWithACap(t *testing.T) {
	for name, c := range map[string]struct {
		config    retry.Config
		hint      retry.Hint
		low, high time.Duration
	}{
		"longer than the schedule": {
			retry.Config{Jitter: retry.JitterNone},
			retry.Hint{After: 7 * time.Second},
			7 * time.Second, 7 * time.Second,
		},
		"with jitter above it": {
			retry.Config{Jitter: retry.JitterFull},
			retry.Hint{After: 8 * time.Second},
			8 * time.Second, 10 * time.Second,
		},
		"shorter than the schedule": {
			retry.Config{Jitter: retry.JitterNone},
			retry.Hint{After: time.Millisecond},
			time.Second, time.Second,
		},
		"a year is cut to MaxDelay": {
			retry.Config{},
			retry.Hint{After: 365 * 24 * time.Hour},
			30 * time.Second,
			30 * time.Second,
		},
		"or to MaxHint": {
			retry.Config{MaxHint: time.Minute},
			retry.Hint{After: math.MaxInt64},
			time.Minute, time.Minute,
		},
		"a short MaxHint": {
			retry.Config{Jitter: retry.JitterNone, MaxHint: 2 * time.Second},
			retry.Hint{After: time.Hour},
			2 * time.Second, 2 * time.Second,
		},
		"negative does no harm": {
			retry.Config{Jitter: retry.JitterNone},
			retry.Hint{After: math.MinInt64},
			time.Second, time.Second,
		},
		"no delay of one's own": {
			retry.Config{Jitter: retry.JitterNone, InitialDelay: retry.NoDelay},
			retry.Hint{After: time.Second},
			time.Second, time.Second,
		},
		"window adds at most that": {
			retry.Config{Jitter: retry.JitterNone},
			retry.Hint{After: math.MaxInt64, Window: 5 * time.Second},
			6 * time.Second, 6 * time.Second,
		},
		"window above the schedule": {
			retry.Config{Jitter: retry.JitterNone},
			retry.Hint{After: 3 * time.Second, Window: 5 * time.Second},
			3 * time.Second, 3 * time.Second,
		},
		"window at the longest delay": {
			retry.Config{
				Jitter: retry.JitterNone, InitialDelay: math.MaxInt64,
				MaxDelay: math.MaxInt64,
			},
			retry.Hint{After: math.MaxInt64, Window: math.MaxInt64},
			math.MaxInt64,
			math.MaxInt64,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := errors.New("seen")
				ctx, cancel := context.WithCancelCause(t.Context())
				c.config.Observer = retry.ObserverFunc(func(_ context.Context, e retry.Event) {
					if e.Kind == retry.EventWait {
						assert.GreaterOrEqual(t, e.Delay, c.low)
						assert.LessOrEqual(t, e.Delay, c.high)
						cancel(stop)
					}
				})
				for _, err := range []error{
					hinting{c.hint},
					&wrapped{hinting{c.hint}},
					retry.Retryable(hinting{c.hint}),
				} {
					require.Error(t, must(t, c.config).Do(ctx, func(context.Context, int) error { return err }))
				}
				require.ErrorIs(t, context.Cause(ctx), stop)
			})
		})
	}
}

type after struct{ wait time.Duration }

func (a after) Error() string             { return "status 429" }
func (a after) RetryAfter() time.Duration { return a.wait }

type afterOK struct{ after }

func (a afterOK) RetryAfter() (time.Duration, bool) { return a.wait, a.wait != 0 }

func TestHintsAreFoundByTheirMethods(t *testing.T) {
	for _, err := range []error{
		hinting{retry.Hint{After: time.Second}},
		after{time.Second},
		afterOK{after{time.Second}},
		errors.Join(errors.New("other"), &wrapped{after{time.Second}}),
		retry.Retryable(after{time.Second}),
	} {
		hint, ok := retry.HintOf(err)
		assert.True(t, ok, "%T", err)
		assert.Equal(t, time.Second, hint.After)
	}
	for _, err := range []error{nil, errors.New("none"), after{-1}, afterOK{}, hinting{}} {
		_, ok := retry.HintOf(err)
		assert.False(t, ok, "%T", err)
	}
}

// given → outcome, wait: what a hint longer than the time left does.
func TestFailFastOnAHintLongerThanWhatIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		config retry.Config
		want   error
		took   time.Duration
	}{
		"cut to MaxDelay, it is tried": {retry.Config{}, retry.ErrExhausted, 30 * time.Second},
		"not with FailFast":            {retry.Config{FailFast: true}, retry.ErrDeadline, 0},
		"nor against MaxElapsed": {
			retry.Config{FailFast: true, MaxElapsed: 40 * time.Second},
			retry.ErrDeadline,
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
				defer cancel()
				c.config.MaxAttempts = 2
				start := time.Now()
				err := must(t, c.config).Do(ctx, func(context.Context, int) error {
					return retry.Retryable(hinting{retry.Hint{After: time.Minute}})
				})
				require.ErrorIs(t, err, c.want)
				assert.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

// The longest hint under the longest cap leaves no room for jitter, and none to overflow into.
func TestLongestHintStaysOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, after := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64 / 2} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Hour, cancel)
			r := must(t, retry.Config{
				MaxHint: math.MaxInt64, JitterRatio: 1, Seed: 7,
				Observer: retry.ObserverFunc(func(_ context.Context, e retry.Event) {
					if e.Kind == retry.EventWait {
						assert.GreaterOrEqual(t, e.Delay, after)
					}
				}),
			})
			err := r.Do(ctx,
				func(context.Context, int) error { return retry.Retryable(hinting{retry.Hint{After: after}}) })
			require.ErrorIs(t, err, retry.ErrCanceled, "it was waiting")
		}
	})
}

func TestHintIsHeardWithoutADelayOfOnesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := must(t, retry.Config{InitialDelay: retry.NoDelay, Jitter: retry.JitterNone})
		for _, err := range []error{
			retry.Retryable(hinting{retry.Hint{After: time.Second}}),
			hinting{retry.Hint{After: time.Second}},
		} {
			count := 0
			require.NoError(t, r.Do(t.Context(), failing(&count, err)))
		}
		assert.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestHintByAFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, count := time.Now(), 0
		r := must(t, retry.Config{Jitter: retry.JitterNone, Hint: func(error) (retry.Hint, bool) {
			return retry.Hint{After: 4 * time.Second}, true
		}})
		require.NoError(t, r.Do(t.Context(), failing(&count, errTemporary)))
		assert.Equal(t, 4*time.Second, time.Since(start))
	})
}

func FuzzParseHint(f *testing.F) {
	for _, s := range []string{
		"1", "-1", "99999999999999999999", "Fri, 02 Jan 2026 03:04:15 GMT",
		"Fri, 31 Dec 9999 23:59:59 GMT", "\x00",
	} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, after, amz, date string) {
		header := http.Header{"Retry-After": {after}, "X-Amz-Retry-After": {amz}, "Date": {date}}
		hint, ok := retry.ParseHint(header, time.Unix(0, 0))
		if ok != (hint.After > 0) {
			t.Fatalf("%+v, %v", hint, ok)
		}
	})
}
