package scenarios

import (
	"time"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
)

// Blind returns options with which the oracle skips one of its laws.
func Blind(law oracle.Law) Options { return Options{without: law} }

// WithoutLatency returns options without identity latency, so that the order depends on the
// scheduler.
func WithoutLatency() Options { return Options{withoutLatency: true} }

// WithLedger returns options that call inspect with the ledger that the oracle judges.
func WithLedger(inspect func(*oracle.Ledger)) Options { return Options{inspect: inspect} }

// LatencyInProxy returns options with the identity latency in the proxy, behind the client's
// connection pool.
func LatencyInProxy() Options { return Options{latencyInProxy: true} }

// LateBy returns options for a machine that runs every program late by d.
func LateBy(d time.Duration) Options {
	return Options{strain: func(time.Time) load { return load{late: d} }}
}

// CrowdedBy returns options for a machine that has so many programs to run for each processor.
func CrowdedBy(programs float64) Options {
	return Options{strain: func(time.Time) load { return load{queue: programs} }}
}

// Admits returns what tells whether one more program may run on a machine that, in the last second,
// woke its goroutines late by late, and had so many programs to run.
func Admits(late time.Duration, programs int) func(running int) bool {
	s := &strain{}
	s.note(&s.wakes, float64(late))
	s.note(&s.queues, float64(programs))
	return s.admits
}

// FewPrograms is how many programs may run on any machine.
var FewPrograms = fewPrograms()

// Remember lets the durations hold how long a drill took.
func Remember(d *Durations, client, id string, took time.Duration) {
	d.note(&Result{Client: client, ID: id, Wall: took})
}
