package retry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// apiError is the error of a response, as SDKs shape theirs.
type apiError struct {
	Status int
	Code   string
	Header http.Header
}

func (e *apiError) Error() string       { return fmt.Sprintf("api error %d %s", e.Status, e.Code) }
func (e *apiError) HTTPStatusCode() int { return e.Status }
func (e *apiError) ErrorCode() string   { return e.Code }
func (e *apiError) RetryHint() (retry.Hint, bool) {
	return retry.ParseHint(e.Header, time.Now())
}

// modeledError is one that the service's model says is final.
type modeledError struct{ apiError }

func (*modeledError) RetryableError() bool { return false }

// vector is a published case: responses, and what the client makes of each.
type vector struct {
	Name  string `json:"name"`
	Given struct {
		MaxAttempts   int      `json:"max_attempts"`
		InitialTokens *float64 `json:"initial_retry_tokens"`
		Base          float64  `json:"exponential_base"`
		Power         float64  `json:"exponential_power"`
		MaxBackoff    float64  `json:"max_backoff_time"`
		Service       string   `json:"service"`
		LongPolling   bool     `json:"long_polling"`
	} `json:"given"`
	Responses []step   `json:"responses"`
	Threads   [][]step `json:"threads"`
	Final     float64  `json:"expected_final_quota"`
}

type step struct {
	Response struct {
		Status  int               `json:"status_code"`
		Code    string            `json:"error_code"`
		Headers map[string]string `json:"headers"`
		Modeled bool              `json:"modeled"`
	} `json:"response"`
	Expected struct {
		Outcome string   `json:"outcome"`
		Quota   *float64 `json:"retry_quota"`
		Delay   float64  `json:"delay"`
	} `json:"expected"`
}

// err is what an SDK would return for the response.
func (s step) err() error {
	if s.Response.Status == http.StatusOK {
		return nil
	}
	e := apiError{Status: s.Response.Status, Code: s.Response.Code, Header: http.Header{}}
	for name, value := range s.Response.Headers {
		e.Header.Set(name, value)
	}
	if s.Response.Modeled {
		return &modeledError{e}
	}
	return &e
}

func readVectors(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "vectors", file))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

// script plays responses to a Retryer and compares each decision with the expected one.
type script struct {
	t      *testing.T
	steps  []step
	played int
	budget *retry.Budget
	waited time.Time // when the last wait began
	delay  time.Duration
}

// op is the client's attempt.
func (s *script) op(context.Context, int) error {
	if s.delay > 0 {
		assert.Equal(s.t, s.delay, time.Since(s.waited), "the wait lasts as long as announced")
		s.delay = 0
	}
	s.played++
	return s.steps[s.played-1].err()
}

// check compares what the engine decided with the expectation of the step just played.
func (s *script) check(outcome string, delay time.Duration) {
	want := s.steps[s.played-1].Expected
	assert.Equal(s.t, want.Outcome, outcome, "step %d", s.played)
	if want.Quota != nil {
		assert.InDelta(s.t, *want.Quota, s.budget.Level(""), 0, "step %d", s.played)
	}
	if want.Delay != 0 || outcome != "retry_request" {
		assert.Equal(s.t, time.Duration(want.Delay*1e9), delay, "step %d", s.played)
	}
}

// Observe sees the retries.
func (s *script) Observe(_ context.Context, e retry.Event) {
	if e.Kind == retry.EventWait {
		s.waited, s.delay = time.Now(), e.Delay
		s.check("retry_request", e.Delay)
	}
}

// run makes calls until every response is used up.
func (s *script) run(r *retry.Retryer, call retry.Call) {
	for s.played < len(s.steps) {
		var last time.Time
		err := r.DoCall(s.t.Context(), call, func(ctx context.Context, attempt int) error {
			last = time.Now()
			return s.op(ctx, attempt)
		})
		s.check(outcome(err), time.Since(last))
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "success"
	case errors.Is(err, retry.ErrExhausted):
		return "max_attempts_exceeded"
	case errors.Is(err, retry.ErrBudget):
		return "retry_quota_exceeded"
	case errors.Is(err, retry.ErrPermanent):
		return "fail_request"
	}
	return err.Error()
}

// budgetOf returns the bucket of a case.
func budgetOf(t *testing.T, v vector, config retry.BudgetConfig) *retry.Budget {
	t.Helper()
	if tokens := v.Given.InitialTokens; tokens != nil {
		config.Initial = *tokens
		if *tokens == 0 {
			config.Initial = retry.NoTokens
		}
	}
	b, err := retry.NewBudget(config)
	require.NoError(t, err)
	return b
}

// aws21 is a client of "retry behavior 2.1" with the jitter taken out, as the cases want it.
func aws21(v vector, budget *retry.Budget, observer retry.Observer) retry.Config {
	config := retry.Config{
		MaxAttempts:  v.Given.MaxAttempts,
		InitialDelay: 50 * time.Millisecond,
		MaxDelay:     20 * time.Second,
		Jitter:       retry.JitterNone,
		ClassDelays:  map[retry.Class]retry.Backoff{retry.ClassThrottle: {InitialDelay: time.Second}},
		Budget:       budget,
		Observer:     observer,
	}
	if v.Given.MaxBackoff > 0 {
		config.MaxDelay = time.Duration(v.Given.MaxBackoff * 1e9)
	}
	if v.Given.Service == "dynamodb" {
		config.InitialDelay, config.MaxAttempts = 25*time.Millisecond, 4
	}
	return config
}

func TestAWSRetryBehavior21(t *testing.T) {
	var file struct {
		Cases       []vector `json:"cases"`
		LongPolling []vector `json:"long_polling_cases"`
		Several     []vector `json:"multi_invocation_cases"`
		Threads     []vector `json:"multi_threaded_cases"`
		Extra       struct {
			Cases []vector `json:"cases"`
		} `json:"extra_cases_go_v2_only"`
	}
	readVectors(t, "retry_v2_1_standard.json", &file)
	all := append(append(append(file.Cases, file.LongPolling...), file.Several...), file.Extra.Cases...)
	require.Len(t, all, 22)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := budgetOf(t, v, retry.BudgetConfig{})
				s := &script{t: t, steps: v.Responses, budget: budget}
				s.run(must(t, aws21(v, budget, s)), retry.Call{LongPoll: v.Given.LongPolling})
			})
		})
	}
	require.Len(t, file.Threads, 1)
	t.Run(file.Threads[0].Name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { twoThreads(t, file.Threads[0]) })
	})
}

// twoThreads shares one budget between two calls. The case's numbers give the order: the second
// call lies between the first one's second failure, at 50 ms, and its success, at 150 ms.
func twoThreads(t *testing.T, v vector) {
	budget := budgetOf(t, v, retry.BudgetConfig{})
	var calls sync.WaitGroup
	for i, steps := range v.Threads {
		s := &script{t: t, steps: steps, budget: budget}
		r := must(t, aws21(v, budget, s))
		calls.Go(func() {
			time.Sleep(time.Duration(i) * 60 * time.Millisecond)
			s.run(r, retry.Call{})
		})
	}
	calls.Wait()
	assert.InDelta(t, v.Final, budget.Level(""), 0)
}

func TestAWSRetryBehavior21Ladder(t *testing.T) {
	var file struct {
		Ladder map[string][]float64 `json:"backoff_ladder_b_eq_1_botocore"`
		Header map[string]any       `json:"negative_header_case_botocore"`
	}
	readVectors(t, "retry_v2_1_standard.json", &file)
	r := must(t, aws21(vector{}, nil, nil))
	ladder := file.Ladder["attempts_1_to_11_s"]
	require.Len(t, ladder, 11)
	for i, seconds := range ladder {
		assert.Equal(t, time.Duration(seconds*1e9), r.Delay("", i+1), "attempt %d", i+1)
	}
	header := http.Header{"X-Amz-Retry-After": {file.Header["x-amz-retry-after"].(string)}}
	_, hinted := retry.ParseHint(header, time.Now())
	assert.False(t, hinted, "a negative header is as none: the delay stays %v s", file.Header["delay"])
}

func TestAWSRetryBehavior20(t *testing.T) {
	var file struct {
		Cases []vector `json:"cases"`
	}
	readVectors(t, "retry_v2_0_standard.json", &file)
	require.Len(t, file.Cases, 6)
	for _, v := range file.Cases {
		t.Run(v.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := budgetOf(t, v, retry.BudgetConfig{Cost: 5, ThrottleCost: 5, TimeoutCost: 10})
				s := &script{t: t, steps: v.Responses, budget: budget}
				s.run(must(t, retry.Config{
					MaxAttempts:  v.Given.MaxAttempts,
					InitialDelay: time.Duration(v.Given.Base * 1e9),
					Multiplier:   v.Given.Power,
					MaxDelay:     time.Duration(v.Given.MaxBackoff * 1e9),
					Jitter:       retry.JitterNone,
					Budget:       budget,
					Observer:     s,
				}), retry.Call{})
			})
		})
	}
}

func TestGRPCRetryThrottling(t *testing.T) {
	var file struct {
		Case struct {
			MaxAttempts int     `json:"maxAttempts"`
			MaxTokens   float64 `json:"maxTokens"`
			TokenRatio  float64 `json:"tokenRatio"`
			OKAt        []int   `json:"server_ok_at"`
			Calls       []struct {
				Code   string  `json:"code"`
				Last   int     `json:"last_index"`
				Tokens float64 `json:"tokens_after"`
			} `json:"calls"`
		} `json:"throttling_case"`
	}
	readVectors(t, "grpc_a6.json", &file)
	c := file.Case
	require.Len(t, c.Calls, 12)
	ok := map[int]bool{}
	for _, i := range c.OKAt {
		ok[i] = true
	}
	budget, err := retry.NewGRPCBudget(c.MaxTokens, c.TokenRatio)
	require.NoError(t, err)
	r := must(t, retry.Config{MaxAttempts: c.MaxAttempts, InitialDelay: retry.NoDelay, Budget: budget})
	index := -1
	for i, call := range c.Calls {
		err := r.Do(t.Context(), func(context.Context, int) error {
			if index++; ok[index] {
				return nil
			}
			return errTemporary // UNAVAILABLE
		})
		assert.Equal(t, call.Code == "OK", err == nil, "call %d", i+1)
		assert.Equal(t, call.Last, index, "call %d", i+1)
		assert.InDelta(t, call.Tokens, budget.Level(""), 0, "call %d", i+1)
	}
}

// 500 tokens pay for 35 retries at 14, or for 100 after throttling at 5.
func TestBudgetBoundsTheRetriesOfAllCalls(t *testing.T) {
	for name, c := range map[string]struct {
		err             error
		calls, attempts int
	}{
		"500":      {&apiError{Status: 500}, 100, 135},
		"SlowDown": {&apiError{Status: 503, Code: "SlowDown"}, 150, 250},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget, err := retry.NewBudget(retry.BudgetConfig{})
				require.NoError(t, err)
				r := must(t, retry.Config{Budget: budget})
				count := 0
				for range c.calls {
					require.Error(t, r.Do(t.Context(), func(context.Context, int) error {
						count++
						return c.err
					}))
				}
				assert.Equal(t, c.attempts, count)
			})
		})
	}
}
