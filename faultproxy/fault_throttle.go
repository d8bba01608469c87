package faultproxy

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// throttle answers 503 SlowDown to what exceeds a quota.
type throttle struct {
	Rate  float64 `yaml:"rate"`  // requests per second that are let through
	Burst int     `yaml:"burst"` // requests let through at once before the rate counts; zero: 1
	Per   string  `yaml:"per"`   // all (default), bucket or prefix (the key up to its last slash)
}

// Scope is what each quota of [Throttle] is for; "" means [PerAll].
type Scope string

// One quota for all requests, one for each bucket, or one for each prefix: the key up to its last
// slash.
const (
	PerAll    Scope = "all"
	PerBucket Scope = "bucket"
	PerPrefix Scope = "prefix"
)

// Throttle answers 503 SlowDown to requests above a quota of rate requests per second, with a burst
// (0 means 1). Requests within the quota are not matched.
func Throttle(rate float64, burst int, per Scope) Fault {
	return &throttle{Rate: rate, Burst: burst, Per: string(per)}
}

func (f *throttle) Kind() string   { return "throttle" }
func (f *throttle) String() string { return printFault(f) }
func (f *throttle) part(r *Rule)   { r.Fault = f }
func (f *throttle) traits() traits { return traits{order: beforeUpstream} }
func (f *throttle) Validate() error {
	var rate error
	if !(f.Rate > 0) || f.Rate > 1e9 {
		rate = fieldErrorf("throttle.rate", "%v is no rate in requests per second (above 0, at most 1e9)", f.Rate)
	}
	return errors.Join(rate, notNegative("throttle.burst", f.Burst), oneOf("throttle.per", f.Per, "all", "bucket", "prefix"))
}

// newState is what is left of the quotas, by what they are kept per.
func (f *throttle) newState() any { return &quotas{buckets: map[string]*quota{}} }

// quotas are token buckets; each starts full.
type quotas struct {
	mu      sync.Mutex
	buckets map[string]*quota
}

type quota struct {
	tokens float64
	at     time.Duration // of the last refill
}

// applies takes a token from the quota, and is for the requests for which there is none.
func (f *throttle) applies(req *s3api.Request, at time.Duration, state any) bool {
	key := ""
	switch f.Per {
	case "bucket":
		key = req.Bucket
	case "prefix":
		key = req.Bucket + "/" + req.Key[:strings.LastIndexByte(req.Key, '/')+1]
	}
	full := float64(max(1, f.Burst))
	qs := state.(*quotas)
	qs.mu.Lock()
	defer qs.mu.Unlock()
	q := qs.buckets[key]
	if q == nil {
		q = &quota{tokens: full, at: at}
		qs.buckets[strings.Clone(key)] = q
	}
	if at > q.at {
		q.tokens = min(full, q.tokens+(at-q.at).Seconds()*f.Rate)
		q.at = at
	}
	if q.tokens >= 1-1e-9 { // what sums of tenths leave behind
		q.tokens--
		return false
	}
	return true
}

func (f *throttle) act(x *exchange) {
	if x.receive(nil) {
		x.answerError(answer{code: "SlowDown"}.usual())
	}
}

func (f *throttle) idleReason() string { return "the quota was not used up" }
