package guide

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryhttp"
	"github.com/s3chaos/s3chaos/retry/retryprom"
	"github.com/s3chaos/s3chaos/s3client"
)

// flaky is a stand-in for what the guide's operations talk to: it fails as often as failures says.
type flaky struct{ failures int }

var errRefused = errors.New("dial tcp 10.0.0.1:443: connect: connection refused")

func (f *flaky) Put(context.Context, string) error {
	if f.failures--; f.failures >= 0 {
		return errRefused
	}
	return nil
}

func (f *flaky) Size(ctx context.Context, name string) (int64, error) {
	if err := f.Put(ctx, name); err != nil {
		return 0, err
	}
	return 65536, nil
}

func Example_basic() {
	ctx, store := context.Background(), &flaky{}

	r, err := retry.New(retry.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = r.Do(ctx, func(ctx context.Context, attempt int) error {
		return store.Put(ctx, "a.bin")
	})
	fmt.Println(err)
	// Output: <nil>
}

func Example_once() {
	ctx, store := context.Background(), &flaky{}

	err := retry.Do(ctx, func(ctx context.Context, attempt int) error {
		return store.Put(ctx, "a.bin")
	})
	fmt.Println(err)
	// Output: <nil>
}

func Example_custom() {
	ctx, store := context.Background(), &flaky{failures: 3}

	r, err := retry.New(retry.Config{
		MaxAttempts:    5,
		InitialDelay:   2 * time.Millisecond,
		MaxDelay:       10 * time.Millisecond,
		Jitter:         retry.JitterFull,
		AttemptTimeout: 30 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = r.DoCall(ctx, retry.Call{Name: "put a.bin", Key: "s3.example"}, func(ctx context.Context, attempt int) error {
		return store.Put(ctx, "a.bin")
	})
	fmt.Println(err)
	// Output: <nil>
}

func Example_value() {
	ctx, store, r := context.Background(), &flaky{failures: 1}, quick()

	size, err := retry.DoValue(ctx, r, func(ctx context.Context, attempt int) (int64, error) {
		return store.Size(ctx, "a.bin")
	})
	fmt.Println(size, err)
	// Output: 65536 <nil>
}

var errQuota = errors.New("quota exceeded until the hour is over")

func Example_marks() {
	ctx, r := context.Background(), quick()

	attempts := 0
	err := r.Do(ctx, func(ctx context.Context, attempt int) error {
		attempts = attempt
		if attempt == 1 {
			return retry.Retryable(errQuota) // the engine does not know this error
		}
		return retry.Permanent(fmt.Errorf("name is too long")) // this one does not get better
	})
	fmt.Println(attempts, err)
	// Output: 2 failed after 2 attempts and 1ms of waiting: not retryable: name is too long
}

func Example_list() {
	ctx := context.Background()

	r, err := retry.New(retry.Config{
		InitialDelay:    time.Millisecond,
		RetryableErrors: []error{errQuota}, // as errors.Is finds them
		Classifier: retry.ClassifierFunc(func(_ context.Context, err error) retry.Class {
			if strings.Contains(err.Error(), "replica is behind") {
				return retry.ClassTransient
			}
			return retry.ClassUnknown // leave it to retry.Classify
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Do(ctx, func(ctx context.Context, attempt int) error {
		switch attempt {
		case 1:
			return errQuota
		case 2:
			return errors.New("replica is behind")
		}
		return nil
	}))
	// Output: <nil>
}

func Example_failure() {
	ctx, store, r := context.Background(), &flaky{failures: 99}, quick()

	err := r.DoCall(ctx, retry.Call{Name: "put a.bin"}, func(ctx context.Context, attempt int) error {
		return store.Put(ctx, "a.bin")
	})
	var failed *retry.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Name, failed.Attempts, failed.Waited)
		for _, a := range failed.History {
			fmt.Println(a.Number, a.Class, a.Wait)
		}
	}
	fmt.Println(errors.Is(err, retry.ErrExhausted), errors.Is(err, errRefused))
	// Output:
	// put a.bin 3 2ms
	// 1 transient 1ms
	// 2 transient 1ms
	// 3 transient 0s
	// true true
}

func Example_deadline() {
	r := patient()

	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := r.Do(ctx, func(ctx context.Context, attempt int) error {
		return errRefused // the wait would be 1 s: there is no time for it
	})
	fmt.Println(errors.Is(err, retry.ErrDeadline), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errRefused))
	fmt.Println(time.Since(start) < 400*time.Millisecond)
	// Output:
	// true true true
	// true
}

func Example_loop() {
	ctx, store, r := context.Background(), &flaky{failures: 1}, quick()

	var err error
	for ctx, attempt := range r.Attempts(ctx, retry.Call{Name: "put a.bin"}, &err) {
		err = store.Put(ctx, "a.bin")
		fmt.Println("attempt", attempt, err == nil)
	}
	fmt.Println(err)
	// Output:
	// attempt 1 false
	// attempt 2 true
	// <nil>
}

// quick is a Retryer for examples that wait.
func quick() *retry.Retryer {
	r, err := retry.New(retry.Config{
		InitialDelay: time.Millisecond, MaxDelay: time.Millisecond, Jitter: retry.JitterNone,
	})
	if err != nil {
		panic(err)
	}
	return r
}

func patient() *retry.Retryer {
	r, err := retry.New(retry.Config{})
	if err != nil {
		panic(err)
	}
	return r
}

// Presets for three kinds of work.
var (
	critical = retry.Config{MaxAttempts: 5, InitialDelay: time.Second}            // backups: waits 1, 2, 4, 8 s
	standard = retry.Config{MaxAttempts: 3, InitialDelay: time.Second}            // the default: waits 1, 2 s
	hasty    = retry.Config{MaxAttempts: 2, InitialDelay: 500 * time.Millisecond} // a person is waiting: 0.5 s
)

func TestPresetsAreValid(t *testing.T) {
	for _, preset := range []retry.Config{critical, standard, hasty} {
		if _, err := retry.New(preset); err != nil {
			t.Error(err)
		}
	}
}

func Example_overall() {
	ctx, store, r := context.Background(), &flaky{}, patient()

	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute) // around all attempts and waits
	defer cancel()
	fmt.Println(r.Do(ctx, func(ctx context.Context, attempt int) error { return store.Put(ctx, "a.bin") }))
	// Output: <nil>
}

func Example_s3client() {
	client, err := s3client.New(s3client.Config{
		Region: "eu-central-1", Bucket: "backups", Prefix: "db/",
		AccessKey: "id", SecretKey: "secret",
		Retry: &retry.Config{MaxAttempts: 5}, // nil: the defaults
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	// client.Upload, UploadStream, Download, List, Delete and Exists retry.

	fmt.Println(client.Bucket())
	// Output: backups
}

func Example_http() {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests++; requests < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()
	r := quick()

	client := &http.Client{Transport: &retryhttp.Transport{Base: server.Client().Transport, Retryer: r}}
	resp, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(requests, "requests:", string(body), err)
	// Output: 3 requests: hello <nil>
}

func Example_budget() {
	// One of each for a server, shared by everything that calls it.
	budget, err := retry.NewBudget(retry.BudgetConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	breaker, err := retry.NewBreaker(retry.BreakerConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := retry.New(retry.Config{Jitter: retry.JitterFull, Budget: budget, Breaker: breaker})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := retry.Call{Name: "get a.bin", Key: "s3.example"}
	err = r.DoCall(context.Background(), call, func(ctx context.Context, attempt int) error {
		return retry.Permanent(errRefused)
	})
	fmt.Println(budget.Level("s3.example"), breaker.State("s3.example"), err != nil)
	// Output: 500 closed true
}

func Example_observers() {
	registry := prometheus.NewRegistry()

	budget, err := retry.NewBudget(retry.BudgetConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	metrics := retryprom.New(retryprom.Options{Budget: budget})
	registry.MustRegister(metrics)
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	r, err := retry.New(retry.Config{
		Budget:   budget,
		Observer: retry.Observers(retry.NewLogObserver(logger), metrics),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Do(context.Background(), func(ctx context.Context, attempt int) error { return nil }))
	// Output: <nil>
}

// TestUploadSurvives needs no patience: inside a bubble time jumps.
func TestUploadSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{failures: 2}
		r, err := retry.New(retry.Config{Jitter: retry.JitterNone})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err = r.Do(t.Context(), func(ctx context.Context, attempt int) error { return store.Put(ctx, "a.bin") })
		if waited := time.Since(start); err != nil || waited != 3*time.Second {
			t.Errorf("got %v after %v, want success after 1 s + 2 s", err, waited)
		}
	})
}

// serialization stands for a driver's error that tells its SQLSTATE.
type serialization struct{}

func (serialization) Error() string    { return "could not serialize access" }
func (serialization) SQLState() string { return "40001" }

func Example_sql() {
	ctx, transactions := context.Background(), 0
	transfer := func(context.Context) error { // begins, works and commits
		if transactions++; transactions == 1 {
			return serialization{}
		}
		return nil
	}

	r, err := retry.New(retry.Config{
		MaxAttempts: 5, InitialDelay: 10 * time.Millisecond, Jitter: retry.JitterFull,
		Classifier: retry.ClassifierFunc(func(_ context.Context, err error) retry.Class {
			var state interface{ SQLState() string }
			if !errors.As(err, &state) {
				return retry.ClassUnknown
			}
			switch state.SQLState() {
			case "40001", "40P01": // serialization, deadlock
				return retry.ClassTransient
			}
			return retry.ClassUnknown
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The whole transaction is the operation: a statement alone cannot be repeated.
	err = r.DoCall(ctx, retry.Call{Name: "transfer"}, func(ctx context.Context, _ int) error { return transfer(ctx) })
	fmt.Println(transactions, "transactions:", err)
	// Output: 2 transactions: <nil>
}

func Example_rpc() {
	ctx, calls := context.Background(), 0
	unavailable := errors.New("rpc error: code = Unavailable")
	get := func(context.Context) (string, error) {
		if calls++; calls == 1 {
			return "", unavailable
		}
		return "value", nil
	}

	budget, err := retry.NewGRPCBudget(10, 0.1) // counts as gRPC's retryThrottling does
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := retry.New(retry.Config{
		MaxAttempts: 4, InitialDelay: 10 * time.Millisecond, Jitter: retry.JitterProportional,
		Budget: budget, RetryableErrors: []error{unavailable},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(retry.DoValue(ctx, r, func(ctx context.Context, _ int) (string, error) { return get(ctx) }))
	// Output: value <nil>
}

func Example_polling() {
	job := func(_ context.Context, attempt int) (string, error) {
		return []string{"queued", "running", "done"}[attempt-1], nil
	}

	r, err := retry.New(retry.Config{MaxAttempts: retry.Unlimited, DelayFunc: retry.Constant(time.Millisecond)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the bound of the poll
	defer cancel()
	fmt.Println(retry.DoValue(ctx, r, retry.Until(job, func(state string) bool { return state == "done" })))
	// Output: done <nil>
}

func Example_fixed() {
	ctx, store := context.Background(), &flaky{failures: 3}

	r, err := retry.New(retry.Config{
		MaxAttempts: 4,
		DelayFunc:   retry.Delays(time.Millisecond, 5*time.Millisecond, 20*time.Millisecond),
		Jitter:      retry.JitterNone, // the list as it stands
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Do(ctx, func(ctx context.Context, _ int) error { return store.Put(ctx, "a.bin") }))
	// Output: <nil>
}
