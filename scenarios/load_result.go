package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file counts what the workers of a `load` step did. The result has the same size for ten
// operations and for a million.

// A LoadResult is what the workers of a `load` step did. All times are scenario time.
type LoadResult struct {
	Workers    int
	Operations int // steps that the workers took
	Failed     int // of these
	Elapsed    time.Duration
	Sent       int64 // bytes from the client to the proxy, heads included
	Received   int64 // bytes from the proxy to the client, heads included

	Retries     int           // attempts after the first one of a request
	Waited      time.Duration // all waits before them together
	LongestWait time.Duration

	Of []OperationResult // by operation, sorted
}

// An OperationResult is how long the operations of one kind took, from their start to their end
// with all attempts and waits. P50 is the median: half of the operations took as long or less.
type OperationResult struct {
	Operation          string // of the steps: "upload", "download", …
	Count, Failed      int
	P50, P90, P99, Max time.Duration
}

// PerSecond returns the operations and the bytes in both directions for each second.
func (l *LoadResult) PerSecond() (operations, bytes float64) {
	seconds := l.Elapsed.Seconds()
	if seconds <= 0 {
		return 0, 0
	}
	return float64(l.Operations) / seconds, float64(l.Sent+l.Received) / seconds
}

// loadResult counts the steps of a load and the requests of its account.
func (n *node) loadResult(s *account) *LoadResult {
	l := &LoadResult{Workers: len(n.load.workers), Elapsed: s.elapsed}
	took := make(map[string][]time.Duration)
	of := make(map[string]*OperationResult)
	for _, taken := range n.load.all() {
		l.Operations++
		one := of[taken.Operation]
		if one == nil {
			one = &OperationResult{Operation: taken.Operation}
			of[taken.Operation] = one
		}
		one.Count++
		if taken.Outcome != script.Success {
			l.Failed++
			one.Failed++
		}
		if taken.Outcome != Unreached {
			took[taken.Operation] = append(took[taken.Operation], taken.End-taken.Start)
		}
	}
	for operation, one := range of {
		times := took[operation]
		slices.Sort(times)
		one.P50, one.P90, one.P99 = percentile(times, 50), percentile(times, 90), percentile(times, 99)
		one.Max = percentile(times, 100)
		l.Of = append(l.Of, *one)
	}
	slices.SortFunc(l.Of, func(a, b OperationResult) int { return cmp.Compare(a.Operation, b.Operation) })
	for _, r := range s.records {
		l.Sent += r.BytesReceived
		l.Received += r.BytesSent
	}
	for _, wait := range waitsOf(s.groups) {
		l.Retries++
		l.Waited += wait
		l.LongestWait = max(l.LongestWait, wait)
	}
	return l
}

// percentile returns the smallest of the sorted times that p percent of them do not exceed. It
// returns 0 if there are none.
func percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	return times[max(0, (len(times)*p+99)/100-1)]
}

// outsideOf returns the waits of an account that do not belong to a load.
func outsideOf(s *account, loads []string) []time.Duration {
	outside := *s
	outside.groups = outsideLoads(s.groups, loads)
	return outside.waits()
}

// outsideLoads returns the groups of the steps outside the loads with these ids. A report counts
// the waits of a load and does not list them.
func outsideLoads(groups []Group, loads []string) []Group {
	if len(loads) == 0 {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g Group) bool {
		return slices.ContainsFunc(loads, func(id string) bool { return evidence.Within(g.Step, id) })
	})
}

// operations checks how many steps the workers of a load took.
func (c *checker) operations() {
	want := c.expect.Operations
	if want == nil || c.load == nil {
		return
	}
	if taken := len(c.load.all()); !want.Contains(taken) {
		c.miss("operations", want.String(), fmt.Sprint(taken))
	}
}
