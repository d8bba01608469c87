package profile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A meter plays probes and fills the profile.
type meter struct {
	ctx     context.Context
	options Options
	profile *Profile

	live     *live // nil: the client is drilled in virtual time
	priority int   // of the probes of a program

	schedules []Schedule // of classes, in their order; nil: not measured yet
}

// A play is one drill of a probe.
type play struct {
	result *scenarios.Result
	struck []faultproxy.Record // the attempts that the probe's fault struck, in order
}

// span is how long a probe watches a client, in scenario time.
const span = 6 * time.Hour

// objects are what the fake S3 holds. Those below l/ are there to be listed.
const objects = "{bucket: demo, key: k, size: 64KiB}, {bucket: demo, key: l/1, size: 1}, " +
	"{bucket: demo, key: l/2, size: 1}, {bucket: demo, key: l/3, size: 1}, {bucket: demo, key: l/4, size: 1}"

// probed is the label of the rules of probes.
const probed = "probe"

// strikes returns a rule of a probe, of what it matches, how often it fires, and its fault.
func strikes(match, often, fault string) string {
	return fmt.Sprintf("{name: %s, match: {%s}, %s, %s}", probed, match, often, fault)
}

// once returns a rule that strikes the first download.
func once(fault string) string { return strikes("operation: "+calls[0].operation, "times: 1", fault) }

// scenario returns the drill with these steps and faults, both in YAML's flow form.
func (m *meter) scenario(steps, faults string) (*script.Scenario, error) {
	text := fmt.Sprintf(`version: 1
name: a probe of a client's retry policy
timeout: %s
objects: [%s]
client: {builtin: {}}
steps: [%s]
faults: [%s]
expect: {outcome: any}
`, m.watched(), objects, steps, faults)
	s, err := scenarios.Parse("probe.yaml", []byte(text))
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if m.options.Spec != nil {
		s.Client = *m.options.Spec
	}
	return s, nil
}

// play plays a scenario with as many seeds.
func (m *meter) play(steps, faults string, seeds int) ([]play, error) {
	return m.playFrom(steps, faults, 0, seeds)
}

// playFrom plays a scenario with the seeds from the first up to, but not including, the last.
func (m *meter) playFrom(steps, faults string, first, last int) ([]play, error) {
	s, err := m.scenario(steps, faults)
	if err != nil {
		return nil, err
	}
	if m.live != nil {
		plays, err := m.live.play(m.ctx, s, first, last, m.priority)
		return plays, cmp.Or(m.ctx.Err(), err)
	}
	o := scenarios.Options{Workers: m.options.Workers, Client: m.options.Client, NewClient: m.options.NewClient}
	plays := make([]play, last-first)
	drill := func(i int) scenarios.Drill {
		return scenarios.Drill{Scenario: s, Seed: new(m.options.Seed + uint64(first+i)), Client: m.options.Client}
	}
	scenarios.RunEach(m.ctx, last-first, drill, o, func(i int, r *scenarios.Result) {
		plays[i] = play{r, struck(r)}
	})
	m.profile.Drills += last - first
	for _, p := range plays {
		if p.result.Verdict == scenarios.Error || p.result.Verdict == scenarios.Skip {
			return nil, fmt.Errorf("profile: a probe could not be judged: %v", p.result.Reasons)
		}
	}
	return plays, m.ctx.Err()
}

// struck returns the last send of each attempt that the fault of a probe struck, in order of time.
func struck(r *scenarios.Result) []faultproxy.Record {
	var records []faultproxy.Record
	for _, g := range r.Groups {
		for _, a := range g.Attempts {
			if last := a.Last(); hit(&last) {
				first := a.Records[0]
				last.At = first.At
				if n := len(records) - 1; n >= 0 && resent(&records[n], &last) {
					last.At = records[n].At
					records = records[:n]
				}
				records = append(records, last)
			}
		}
	}
	slices.SortStableFunc(records, func(a, b faultproxy.Record) int { return cmp.Compare(a.At, b.At) })
	return records
}

// resent reports whether the client's transport sent b as a repetition of a. Transports do so at
// once when a connection that was kept alive ends before the response: the server may have closed
// it before the request. A client without invocation ids does not tell it from an attempt.
func resent(a, b *faultproxy.Record) bool {
	const atOnce = 2 * time.Millisecond
	return b.InvocationID == "" && a.Reused && a.Answered == 0 && a.Conn != b.Conn &&
		a.Logical == b.Logical && a.Done && b.At-a.End < atOnce
}

// hit reports whether the fault of a probe struck the request.
func hit(r *faultproxy.Record) bool {
	return slices.ContainsFunc(r.Firings(), func(f faultproxy.Firing) bool { return f.Rule == probed })
}

// waits returns the time between each attempt that was struck and the next.
func (p play) waits() []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(p.struck); i++ {
		waits = append(waits, max(0, p.struck[i].At-p.struck[i-1].End))
	}
	return waits
}

// hung reports whether the client was still busy when the probe ended.
func (m *meter) hung(p play) bool { return p.result.Elapsed >= m.watched() }
