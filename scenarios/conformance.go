package scenarios

import (
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// nonconformance returns a reason for everything in the scenario's conformance block that the
// client did not do. The block holds for the scenario's own client too.
func (o *outcome) nonconformance() []Reason {
	c := o.scenario.Conformance
	if c == nil || c.Level == script.Own {
		return nil
	}
	var reasons []Reason
	whole := o.account(nil)
	miss := func(key, expected, got string, numbers *Measured) {
		line := c.Line
		if c.Has(key) {
			line = c.At(key).Line
		}
		reasons = append(reasons, Reason{
			Kind: "conformance." + key, Line: line, Expected: expected, Got: got, Measured: numbers,
			Evidence: evidence.Last(o.records, func(faultproxy.Record) bool { return true }),
		})
	}
	if c.Outcome != script.Any && c.Outcome != whole.outcome {
		got := string(whole.outcome)
		if whole.err != nil {
			got += ": " + whole.err.Text
		}
		miss("outcome", string(c.Outcome), got, nil)
	}
	if n := whole.sends(""); !c.Requests.Contains(n) {
		miss("requests", c.Requests.String(), fmt.Sprint(n), measured(Count, *c.Requests, n))
	}
	if took := o.elapsed - o.idle(); took > c.Within && !o.hang { // a hang is a finding
		miss("within", "at most "+c.Within.String(), took.Round(time.Millisecond).String(),
			&Measured{Unit: Nanoseconds, Max: new(int64(c.Within)), Got: []int64{int64(took)}})
	}
	return reasons
}

// idle returns how long the client took to send its first request. A program may start slowly,
// which says nothing of its retries.
func (o *outcome) idle() time.Duration {
	if o.world.proxy.Start().IsZero() {
		return o.elapsed // it sent none
	}
	return o.world.proxy.Start().Sub(o.world.start)
}
