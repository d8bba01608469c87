package scenarios

import (
	"context"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// RunAll runs drills concurrently, Options.Workers at a time, and returns their results in the
// order of the list. It calls each, if not nil, with every result, in the same order and never
// concurrently, as soon as that result and all earlier ones are known. After ctx has ended, no
// drill starts. RunAll then passes the results of the finished drills to each, and returns them.
//
// The list of results holds every journal: for thousands of drills use [RunEach].
func RunAll(ctx context.Context, list []*script.Scenario, o Options, each func(*Result)) []*Result {
	o.findTest()
	var finished []*Result
	drill := func(i int) Drill { return Drill{Scenario: list[i], Seed: o.Seed} }
	RunEach(ctx, len(list), drill, o, func(_ int, r *Result) {
		if r.interrupted {
			return
		}
		finished = append(finished, r)
		if each != nil {
			each(r)
		}
	})
	return finished
}
