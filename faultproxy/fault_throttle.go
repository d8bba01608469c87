package faultproxy

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// throttle answers 503 SlowDown to requests above a quota.
type throttle struct {
	Rate  float64 `yaml:"rate"`  // requests per second that pass
	Burst int     `yaml:"burst"` // requests that pass at once before the rate applies; zero: 1
	Per   string  `yaml:"per"`   // all (default), bucket or prefix (the key up to its last slash)
}

// Scope is what shares a quota of [Throttle]; "" means [PerAll].
type Scope string

// There is one quota for all requests, one for each bucket, or one for each prefix, which is the
// key up to its last slash.
const (
	PerAll    Scope = "all"
	PerBucket Scope = "bucket"
	PerPrefix Scope = "prefix"
)

// Throttle answers 503 SlowDown to requests above a quota. rate is in requests per second; burst is
// how many requests pass at once (0 means 1). The rule does not match requests within the quota.
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
		rate = fieldErrorf("throttle.rate", "%v: want requests per second, above 0 and at most 1e9", f.Rate)
	}
	return errors.Join(rate, notNegative("throttle.burst", f.Burst),
		oneOf("throttle.per", f.Per, "all", "bucket", "prefix"))
}

// newState returns the quotas of one rule, all unused.
func (f *throttle) newState() any { return &quotas{buckets: map[string]*quota{}} }

// quotas are token buckets, by bucket or prefix. A new one is full.
type quotas struct {
	mu      sync.Mutex
	buckets map[string]*quota
}

type quota struct {
	tokens float64
	at     time.Duration // of the last refill
}

// applies takes a token from the request's quota. It accepts the request if there was no token.
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
	if q.tokens >= 1-1e-9 { // the tolerance covers rounding errors of repeated refills
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
