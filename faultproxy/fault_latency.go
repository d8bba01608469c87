package faultproxy

import (
	"errors"
	"time"
)

// latency delays the request on its way to the upstream, or the response on its way back.
type latency struct {
	Delay time.Duration `yaml:"delay"`
	// upper limit of an additional delay, drawn from the seed and the request's identity
	Jitter time.Duration `yaml:"jitter"`
	Before string        `yaml:"before"` // upstream (default) or response
}

// Latency delays the request before it goes to the upstream.
func Latency(delay time.Duration) Fault { return &latency{Delay: delay} }

// LatencyBeforeResponse delays the response after the upstream has handled the request.
func LatencyBeforeResponse(delay time.Duration) Fault {
	return &latency{Delay: delay, Before: "response"}
}

// LatencyJitter delays as [Latency] does, plus up to jitter, drawn from the seed and the request's
// identity.
func LatencyJitter(delay, jitter time.Duration) Fault { return &latency{Delay: delay, Jitter: jitter} }

// LatencyJitterBeforeResponse delays as [LatencyBeforeResponse] does, plus up to jitter, drawn from
// the seed and the request's identity.
func LatencyJitterBeforeResponse(delay, jitter time.Duration) Fault {
	return &latency{Delay: delay, Jitter: jitter, Before: "response"}
}

func (f *latency) Kind() string   { return "latency" }
func (f *latency) String() string { return printFault(f) }
func (f *latency) part(r *Rule)   { r.Fault = f }
func (f *latency) traits() traits { return slowTraits(f.Before != "response") }

func (f *latency) Validate() error {
	var nothing error
	if f.Delay == 0 && f.Jitter == 0 {
		nothing = fieldErrorf("latency.delay", "0s: want a positive delay or jitter")
	}
	return errors.Join(nothing, notNegative("latency.delay", f.Delay), notNegative("latency.jitter", f.Jitter),
		oneOf("latency.before", f.Before, "upstream", "response"))
}

func (f *latency) shape(x *exchange, rule *activeRule) shape {
	delay := f.Delay
	if f.Jitter > 0 {
		delay += max(1, time.Duration(x.draw(rule, drawJitter)*float64(f.Jitter)))
	}
	if f.Before == "response" {
		return shape{responseDelay: delay}
	}
	return shape{delay: delay}
}
