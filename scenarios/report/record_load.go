package report

import (
	"math"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file converts loads and times between results and lines of the json format.

func loadOf(l *scenarios.LoadResult) *load {
	if l == nil {
		return nil
	}
	perSecond, _ := l.PerSecond()
	out := &load{
		Workers: l.Workers, Operations: l.Operations, Failed: l.Failed, ElapsedMS: millisecond(l.Elapsed),
		OperationsPerSecond: math.Round(perSecond*1000) / 1000,
		BytesSent:           l.Sent, BytesReceived: l.Received,
		Retries: l.Retries, WaitedMS: millisecond(l.Waited), LongestWaitMS: millisecond(l.LongestWait),
		Of: []loadOperation{},
	}
	for _, o := range l.Of {
		out.Of = append(out.Of, loadOperation{
			o.Operation, o.Count, o.Failed,
			millisecond(o.P50), millisecond(o.P90), millisecond(o.P99), millisecond(o.Max),
		})
	}
	return out
}

// result is the inverse of loadOf.
func (l *load) result() *scenarios.LoadResult {
	if l == nil {
		return nil
	}
	out := &scenarios.LoadResult{
		Workers: l.Workers, Operations: l.Operations, Failed: l.Failed, Elapsed: duration(l.ElapsedMS),
		Sent: l.BytesSent, Received: l.BytesReceived,
		Retries: l.Retries, Waited: duration(l.WaitedMS), LongestWait: duration(l.LongestWaitMS),
	}
	for _, o := range l.Of {
		out.Of = append(out.Of, scenarios.OperationResult{
			Operation: o.Operation, Count: o.Count, Failed: o.Failed,
			P50: duration(o.P50MS), P90: duration(o.P90MS), P99: duration(o.P99MS), Max: duration(o.MaxMS),
		})
	}
	return out
}

func milliseconds(list []time.Duration) []float64 {
	out := make([]float64, len(list))
	for i, d := range list {
		out[i] = millisecond(d)
	}
	return out
}

// millisecond returns d in milliseconds, with a precision of one nanosecond.
func millisecond(d time.Duration) float64 {
	return math.Round(float64(d)) / float64(time.Millisecond)
}

// duration is the inverse of millisecond.
func duration(ms float64) time.Duration {
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

func durations(list []float64) []time.Duration {
	var out []time.Duration
	for _, ms := range list {
		out = append(out, duration(ms))
	}
	return out
}
