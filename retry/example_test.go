package retry_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// brisk returns a Retryer that waits a millisecond.
func brisk(config retry.Config) *retry.Retryer {
	config.Jitter = retry.JitterNone
	config.InitialDelay, config.MaxDelay = time.Millisecond, time.Millisecond
	r, err := retry.New(config)
	if err != nil {
		panic(err)
	}
	return r
}

func ExampleNew() {
	_, err := retry.New(retry.Config{MaxAttempts: -1, Multiplier: 0.5})
	fmt.Println(err)
	// Output:
	// retry: MaxAttempts is -1: want 1 or more, or 0 for 3
	// retry: Multiplier is 0.5: want a number of at least 1, or 0 for 2
}

func ExampleRetryer_Do() {
	r := brisk(retry.Config{})
	err := r.Do(context.Background(), func(_ context.Context, attempt int) error {
		fmt.Println("attempt", attempt)
		if attempt < 3 {
			return errors.New("read: connection reset by peer")
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// attempt 1
	// attempt 2
	// attempt 3
	// <nil>
}

func ExampleRetryer_DoCall() {
	r := brisk(retry.Config{MaxAttempts: 2})
	err := r.DoCall(context.Background(), retry.Call{Name: "put demo/a.bin", Key: "demo"},
		func(context.Context, int) error {
			return errors.New("503 Service Unavailable")
		})
	fmt.Println(errors.Is(err, retry.ErrExhausted))
	var failed *retry.Error
	if errors.As(err, &failed) {
		for _, a := range failed.History {
			fmt.Println(a.Number, a.Class, a.Err)
		}
	}
	// Output:
	// true
	// 1 transient 503 Service Unavailable
	// 2 transient 503 Service Unavailable
}

func ExampleDoValue() {
	r := brisk(retry.Config{})
	size, err := retry.DoValue(context.Background(), r, func(_ context.Context, attempt int) (int64, error) {
		if attempt == 1 {
			return 0, errors.New("i/o timeout")
		}
		return 65536, nil
	})
	fmt.Println(size, err)
	// Output: 65536 <nil>
}

func ExampleRetryer_Attempts() {
	r := brisk(retry.Config{})
	var err error
	for _, attempt := range r.Attempts(context.Background(), retry.Call{Name: "get"}, &err) {
		if err = nil; attempt < 2 {
			err = errors.New("EOF")
		}
		fmt.Println("attempt", attempt, err)
	}
	fmt.Println(err)
	// Output:
	// attempt 1 EOF
	// attempt 2 <nil>
	// <nil>
}

// A mark decides, whatever the error is.
func ExamplePermanent() {
	r := brisk(retry.Config{})
	err := r.Do(context.Background(), func(context.Context, int) error {
		return retry.Permanent(errors.New("timeout: 0 is not a valid setting"))
	})
	fmt.Println(err)
	// Output: failed after 1 attempt: not retryable: timeout: 0 is not a valid setting
}

func ExampleRetryable() {
	r := brisk(retry.Config{})
	err := r.Do(context.Background(), func(_ context.Context, attempt int) error {
		if attempt == 1 {
			return retry.Retryable(errors.New("the moon is not up"))
		}
		return nil
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClassify() {
	fmt.Println(retry.Classify(errors.New("api error SlowDown: Please reduce your request rate.")))
	fmt.Println(retry.Classify(errors.New("read tcp 10.0.0.1:443: i/o timeout")))
	fmt.Println(retry.Classify(os.ErrNotExist))
	fmt.Println(retry.Classify(errors.New("cannot read geofence.img")))
	// Output:
	// throttle
	// timeout
	// permanent
	// unknown
}

// The schedule is a pure function: three attempts wait twice, 1 s + 2 s = 3 s.
func ExampleBackoff() {
	b := retry.Backoff{Jitter: retry.JitterNone}
	for _, attempt := range []int{1, 2, 3, 4, 5, 6, 70} {
		fmt.Println(attempt, b.Delay("put", attempt))
	}
	b.Jitter = retry.JitterAdditive
	fmt.Println(b.Bounds(2))
	// Output:
	// 1 1s
	// 2 2s
	// 3 4s
	// 4 8s
	// 5 16s
	// 6 30s
	// 70 30s
	// 2s 2.499999999s
}

// Throttling waits longer than other faults.
func ExampleConfig_classDelays() {
	r, err := retry.New(retry.Config{
		InitialDelay: 50 * time.Millisecond,
		Jitter:       retry.JitterNone,
		ClassDelays:  map[retry.Class]retry.Backoff{retry.ClassThrottle: {InitialDelay: time.Second}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Delay("get", 1), r.Backoff(retry.ClassThrottle).Delay("get", 1))
	// Output: 50ms 1s
}

// A budget stops the retries of all its calls when a server keeps failing.
func ExampleBudget() {
	budget, err := retry.NewBudget(retry.BudgetConfig{Capacity: 20, Cost: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := brisk(retry.Config{Budget: budget})
	for range 3 {
		attempts := 0
		err := r.Do(context.Background(), func(context.Context, int) error {
			attempts++
			return errors.New("500 Internal Server Error")
		})
		fmt.Println(attempts, budget.Level(""), errors.Is(err, retry.ErrBudget))
	}
	// Output:
	// 3 0 false
	// 1 0 true
	// 1 0 true
}

// A breaker stops even first attempts.
func ExampleBreaker() {
	breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 3, OpenFor: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := brisk(retry.Config{Breaker: breaker})
	for range 2 {
		fmt.Println(r.Do(context.Background(),
			func(context.Context, int) error { return errors.New("502 Bad Gateway") }))
	}
	fmt.Println(breaker.State(""))
	// Output:
	// failed after 3 attempts and 2ms of waiting: attempts exhausted: 502 Bad Gateway
	// failed after 0 attempts: circuit breaker open
	// open
}

// A read that is slow gets company; the slower one is ended.
func ExampleHedge() {
	r := brisk(retry.Config{Hedge: retry.Hedge{After: 10 * time.Millisecond}})
	read := func(ctx context.Context, attempt int) (string, error) {
		if attempt == 1 { // a server that hangs
			<-ctx.Done()
			return "", context.Cause(ctx)
		}
		return fmt.Sprint("answer of attempt ", attempt), nil
	}
	fmt.Println(retry.DoValueCall(context.Background(), r, retry.Call{Name: "get", Idempotent: true}, read))
	// Output: answer of attempt 2 <nil>
}

// A limiter learns from throttling how fast the server can be asked.
func ExampleLimiter() {
	limiter := retry.NewLimiter()
	r := brisk(retry.Config{MaxAttempts: 1, Limiter: limiter})
	fmt.Println(limiter.Rates().Limiting)
	_ = r.Do(context.Background(), func(context.Context, int) error { return errors.New("429 Too Many Requests") })
	fmt.Println(limiter.Rates().Limiting, limiter.Rates().Allowed, "a second")
	// Output:
	// false
	// true 0.5 a second
}

// Two goroutines read ranges of one object. Each has an identity, so that with a Seed each waits as
// long in every run, whichever comes first.
func ExampleWithIdentity() {
	r, err := retry.New(retry.Config{Seed: 7, InitialDelay: time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	waits := func(part string) (total time.Duration) {
		ctx := retry.WithIdentity(context.Background(), part)
		err := r.DoCall(ctx, retry.Call{Name: "get a.bin"}, func(context.Context, int) error {
			return errors.New("503 Service Unavailable")
		})
		var failed *retry.Error
		if errors.As(err, &failed) {
			total = failed.History[0].Wait + failed.History[1].Wait
		}
		return total.Round(time.Microsecond)
	}
	fmt.Println(waits("bytes=0-99"), waits("bytes=100-199"))
	// Output: 3.593ms 3.231ms
}

func ExampleNewLogObserver() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	r := brisk(retry.Config{Observer: retry.NewLogObserver(logger)})
	_ = r.DoCall(context.Background(), retry.Call{Name: "put a.bin"}, func(_ context.Context, attempt int) error {
		if attempt == 1 {
			return errors.New("EOF")
		}
		return nil
	})
	// Output:
	// level=WARN msg="operation failed, retrying" attempt=1 delay=1ms class=transient error=EOF operation="put a.bin"
	// level=INFO msg="retrying operation" attempt=2 operation="put a.bin"
	// level=INFO msg="operation succeeded after retry" attempt=2 operation="put a.bin"
}

// A job is polled every 10 ms until it is done.
func ExampleUntil() {
	r, err := retry.New(retry.Config{MaxAttempts: retry.Unlimited, DelayFunc: retry.Constant(10 * time.Millisecond)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	state := func(_ context.Context, attempt int) (string, error) {
		if attempt < 3 {
			return "running", nil
		}
		return "done", nil
	}
	fmt.Println(retry.DoValue(ctx, r, retry.Until(state, func(state string) bool { return state == "done" })))
	// Output: done <nil>
}

func ExampleDelays() {
	for name, delays := range map[string]retry.DelayFunc{
		"list": retry.Delays(time.Second, 5*time.Second, time.Minute), "constant": retry.Constant(time.Second),
		"linear": retry.Linear(time.Second), "fibonacci": retry.Fibonacci(time.Second),
	} {
		b := retry.Backoff{DelayFunc: delays, Jitter: retry.JitterNone}
		fmt.Println(name, b.Delay("", 1), b.Delay("", 2), b.Delay("", 3), b.Delay("", 4))
	}
	// Unordered output:
	// list 1s 5s 1m0s 1m0s
	// constant 1s 1s 1s 1s
	// linear 1s 2s 3s 4s
	// fibonacci 1s 1s 2s 3s
}

// A function of the program's own: no delay at first, then a second.
func ExampleDelayFunc() {
	b := retry.Backoff{Jitter: retry.JitterNone, DelayFunc: func(attempt int) time.Duration {
		if attempt == 1 {
			return 0
		}
		return time.Second
	}}
	fmt.Println(b.Delay("", 1), b.Delay("", 2))
	// Output: 0s 1s
}

// A call replaces settings of its Retryer.
func ExampleCall() {
	r := brisk(retry.Config{})
	err := r.DoCall(context.Background(), retry.Call{Name: "ping", MaxAttempts: 1}, func(context.Context, int) error {
		return errors.New("connection refused")
	})
	fmt.Println(err)
	// Output: ping: failed after 1 attempt: attempts exhausted: connection refused
}

// When all attempts have failed, the caller gets an older value.
func ExampleDoValueOr() {
	r := brisk(retry.Config{})
	rate := func(context.Context, int) (float64, error) { return 0, errors.New("503 Service Unavailable") }
	yesterday := func(context.Context, error) (float64, error) { return 1.08, nil }
	fmt.Println(retry.DoValueOr(context.Background(), r, retry.Call{Name: "rate"}, rate, yesterday))
	// Output: 1.08 <nil>
}

func ExampleConfig_onRetry() {
	r := brisk(retry.Config{OnRetry: func(_ context.Context, failed retry.Attempt) {
		fmt.Println("attempt", failed.Number, "failed:", failed.Err, "- next in", failed.Wait)
	}})
	_ = r.Do(context.Background(), func(_ context.Context, attempt int) error {
		if attempt == 1 {
			return errors.New("broken pipe")
		}
		return nil
	})
	// Output: attempt 1 failed: broken pipe - next in 1ms
}

// An operator takes a server out of use, whatever the breaker has counted.
func ExampleBreaker_ForceOpen() {
	breaker, err := retry.NewBreaker(retry.BreakerConfig{
		OnChange: func(key string, from, to retry.BreakerState) { fmt.Println(key, from, "to", to) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := brisk(retry.Config{Breaker: breaker})
	get := func() error {
		return r.DoCall(context.Background(), retry.Call{Key: "s3.example"},
			func(context.Context, int) error { return nil })
	}
	breaker.ForceOpen("s3.example")
	fmt.Println(get())
	breaker.Reset("s3.example")
	fmt.Println(get())
	// Output:
	// s3.example closed to open
	// failed after 0 attempts: circuit breaker open
	// s3.example open to closed
	// <nil>
}
