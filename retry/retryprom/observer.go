// Package retryprom measures what package retry does, for Prometheus. The name to use is [New]: its
// [Observer] goes into retry.Config.Observer and is itself a collector to register:
//
//	observer := retryprom.New(retryprom.Options{Budget: budget, Breaker: breaker})
//	prometheus.MustRegister(observer)
//	r, err := retry.New(retry.Config{Observer: observer, Budget: budget, Breaker: breaker})
//
// Its metrics, with the default namespace:
//
//	retry_calls_total{outcome}        calls that ended: success, success_after_retry,
//	                                  exhausted, permanent, budget, breaker_open, deadline, canceled
//	retry_attempts_total{class}       attempts by their outcome
//	retry_retries_total{class}        retries by what caused them
//	retry_attempts_per_call           histogram of the attempts of a call
//	retry_call_seconds                histogram of the time a call took
//	retry_wait_seconds_total          time spent waiting
//	retry_budget_tokens{key}          tokens left; keys whose bucket is full are left out, "" never
//	retry_budget_capacity_tokens      tokens of a full bucket
//	retry_breaker_state{key}          1 half-open, 2 open; keys that are closed are left out
//	retry_keys_left_out{of}           keys without a series, of "budget" and of "breaker"
//
// A key is a host or a bucket, say, and a program may use any number of them. So the metrics by key
// have at most Options.MaxKeys series each, for the emptiest buckets and for circuits that are
// open.
//
// Retry rate, the share of calls that needed one, is
//
//	1 - sum(rate(retry_attempts_per_call_bucket{le=~"1|1.0"}[5m])) / sum(rate(retry_attempts_per_call_count[5m]))
//
// because a call that fails for good at its first attempt needed none. Success after retry and
// exhausted are outcomes of their own.
package retryprom

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/s3chaos/s3chaos/retry"
)

// Options says what an [Observer] measures. The zero value works.
type Options struct {
	// Namespace is the first word of every metric; "" means "retry".
	Namespace string
	// ConstLabels are put on every metric, to tell several Retryers apart.
	ConstLabels prometheus.Labels
	// Budget and Breaker, if given, are read when metrics are collected.
	Budget  *retry.Budget
	Breaker *retry.Breaker
	// MaxKeys bounds the series of retry_budget_tokens and of retry_breaker_state, each; 0
	// means 100. The keys in most trouble are shown, and retry_keys_left_out counts the others. The
	// key "" of the budget is always shown and does not count.
	MaxKeys int
}

// Observer is a [retry.Observer] and a [prometheus.Collector].
type Observer struct {
	calls    map[string]prometheus.Counter
	attempts map[retry.Class]prometheus.Counter
	retries  map[retry.Class]prometheus.Counter
	perCall  prometheus.Histogram
	seconds  prometheus.Histogram
	waited   prometheus.Counter

	collectors              []prometheus.Collector
	budget                  *retry.Budget
	breaker                 *retry.Breaker
	maxKeys                 int
	tokens, capacity, state *prometheus.Desc
	leftOut                 *prometheus.Desc
}

// outcomes are the ends of a call that failed.
var outcomes = []struct {
	reason error
	name   string
}{
	{retry.ErrExhausted, "exhausted"},
	{retry.ErrPermanent, "permanent"},
	{retry.ErrBudget, "budget"},
	{retry.ErrBreakerOpen, "breaker_open"},
	{retry.ErrDeadline, "deadline"},
	{retry.ErrCanceled, "canceled"},
}

// The ends of a call that went well.
const (
	success           = "success"
	successAfterRetry = "success_after_retry"
)

// New returns an Observer. It has to be registered once.
func New(o Options) *Observer {
	if o.Namespace == "" {
		o.Namespace = "retry"
	}
	if o.MaxKeys <= 0 {
		o.MaxKeys = 100
	}
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: o.Namespace, Name: name, Help: help, ConstLabels: o.ConstLabels}
	}
	calls := prometheus.NewCounterVec(prometheus.CounterOpts(opts("calls_total", "Calls that ended, by outcome.")),
		[]string{"outcome"})
	attempts := prometheus.NewCounterVec(prometheus.CounterOpts(opts("attempts_total",
		"Attempts that ended, by class.")), []string{"class"})
	retries := prometheus.NewCounterVec(prometheus.CounterOpts(opts("retries_total",
		"Retries, by the class of the failure before.")), []string{"class"})
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		p := opts(name, help)
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: p.Namespace, Name: p.Name, Help: p.Help, ConstLabels: p.ConstLabels, Buckets: buckets,
		})
	}
	observer := &Observer{
		calls: map[string]prometheus.Counter{
			success:           calls.WithLabelValues(success),
			successAfterRetry: calls.WithLabelValues(successAfterRetry),
		},
		attempts: map[retry.Class]prometheus.Counter{},
		retries:  map[retry.Class]prometheus.Counter{},
		perCall:  histogram("attempts_per_call", "Attempts that a call made.", []float64{0, 1, 2, 3, 4, 5, 7, 10}),
		seconds: histogram("call_seconds", "Seconds that a call took, its waits included.",
			prometheus.ExponentialBuckets(0.005, 2.5, 12)),
		waited: prometheus.NewCounter(prometheus.CounterOpts(opts("wait_seconds_total",
			"Seconds that calls waited between attempts."))),
		budget:  o.Budget,
		breaker: o.Breaker,
		maxKeys: o.MaxKeys,
	}
	for _, outcome := range outcomes {
		observer.calls[outcome.name] = calls.WithLabelValues(outcome.name)
	}
	for class := retry.ClassUnknown; class <= retry.ClassCanceled; class++ {
		observer.attempts[class] = attempts.WithLabelValues(class.String())
		if class.Retryable() {
			observer.retries[class] = retries.WithLabelValues(class.String())
		}
	}
	observer.collectors = []prometheus.Collector{
		calls, attempts, retries, observer.perCall, observer.seconds,
		observer.waited,
	}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(o.Namespace, "", name), help, labels, o.ConstLabels)
	}
	observer.tokens = desc("budget_tokens", "Tokens left in the retry budget.", "key")
	observer.capacity = desc("budget_capacity_tokens", "Tokens of a full retry budget.")
	observer.state = desc("breaker_state", "State of the circuit breaker: 1 half-open, 2 open.", "key")
	observer.leftOut = desc("keys_left_out", "Keys in trouble that have no series of their own.", "of")
	return observer
}

// Observe counts an event.
func (o *Observer) Observe(_ context.Context, e retry.Event) {
	switch e.Kind {
	case retry.EventResult:
		if counter, ok := o.attempts[e.Class]; ok {
			counter.Inc()
		}
	case retry.EventWait:
		if counter, ok := o.retries[e.Class]; ok {
			counter.Inc()
		}
	case retry.EventDone:
		o.waited.Add(e.Waited.Seconds())
		o.calls[outcomeOf(e)].Inc()
		o.perCall.Observe(float64(e.Attempt))
		o.seconds.Observe(e.Elapsed().Seconds())
	}
}

func outcomeOf(e retry.Event) string {
	switch {
	case e.Err == nil && e.Attempt <= 1:
		return success
	case e.Err == nil:
		return successAfterRetry
	}
	var failed *retry.Error
	if errors.As(e.Err, &failed) {
		for _, outcome := range outcomes {
			if failed.Reason == outcome.reason {
				return outcome.name
			}
		}
	}
	return "permanent"
}

// Describe sends the descriptions of all metrics.
func (o *Observer) Describe(descs chan<- *prometheus.Desc) {
	for _, c := range o.collectors {
		c.Describe(descs)
	}
	descs <- o.tokens
	descs <- o.capacity
	descs <- o.state
	descs <- o.leftOut
}

// Collect sends the metrics as they are now.
func (o *Observer) Collect(metrics chan<- prometheus.Metric) {
	for _, c := range o.collectors {
		c.Collect(metrics)
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	if o.budget != nil {
		gauge(o.capacity, o.budget.Capacity())
		levels := o.budget.Levels()
		gauge(o.tokens, levels[""], "")
		delete(levels, "")
		shown, leftOut := worst(levels, o.maxKeys, cmp.Compare[float64])
		for _, key := range shown {
			gauge(o.tokens, levels[key], label(key))
		}
		gauge(o.leftOut, leftOut, "budget")
	}
	if o.breaker != nil {
		states := o.breaker.States()
		shown, leftOut := worst(states, o.maxKeys, func(a, b retry.BreakerState) int { return cmp.Compare(b, a) })
		for _, key := range shown {
			gauge(o.state, float64(states[key]), label(key))
		}
		gauge(o.leftOut, leftOut, "breaker")
	}
}

// worst returns the first keys in the order of their values, then of their names, and how many
// there are beyond them.
func worst[V any](values map[string]V, most int, compare func(a, b V) int) (shown []string, leftOut float64) {
	keys := slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		return cmp.Or(compare(values[a], values[b]), strings.Compare(a, b))
	})
	shown = keys[:min(most, len(keys))]
	return shown, float64(len(keys) - len(shown))
}

// label returns the value of a label for a key. Prometheus refuses values that are not UTF-8: such
// a key is quoted.
func label(key string) string {
	if utf8.ValidString(key) {
		return key
	}
	return strconv.QuoteToASCII(key)
}
