package scenarios

import (
	"context"
	"runtime"
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Unplayed returns a result for each drill of the list that is not in results because [RunAll] was
// interrupted. results are those that RunAll returned. The verdict is skip, with the reason
// "interrupted".
func Unplayed(list []*script.Scenario, results []*Result, o Options) []*Result {
	if len(results) == len(list) {
		return nil
	}
	_ = o.find(context.Background()) // each drill that was played reports the error
	var unplayed []*Result
	for _, s := range list {
		r := o.newResult(o.withClient(s))
		if len(results) > 0 && results[0].File == r.File && results[0].ID == r.ID && results[0].Name == r.Name {
			results = results[1:]
			continue
		}
		r.Verdict, r.interrupted = Skip, true
		r.Reasons = []Reason{{Kind: "skip", Got: "interrupted"}}
		unplayed = append(unplayed, r)
	}
	return unplayed
}

// RunAll runs drills concurrently, Options.Workers at a time, and returns their results in the
// order of the list. It calls each, if not nil, with every result, in the same order and never
// concurrently, as soon as that result and all earlier ones are known. After ctx has ended, no
// drill starts. RunAll then passes the results of the finished drills to each, and returns them.
func RunAll(ctx context.Context, list []*script.Scenario, o Options, each func(*Result)) []*Result {
	o.findTest()
	_ = o.find(ctx) // each drill reports the error
	workers := o.Workers
	if o.Repeat > 1 {
		workers = 1
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, len(list))

	var (
		mu      sync.Mutex
		started int
		results = make([]*Result, len(list))
		known   = make(chan struct{}, 1)
		all     sync.WaitGroup
	)
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if started == len(list) || ctx.Err() != nil {
			return 0, false
		}
		started++
		return started - 1, true
	}
	for range workers {
		all.Go(func() {
			for {
				i, ok := take()
				if !ok {
					return
				}
				r := Run(ctx, list[i], o)
				mu.Lock()
				if !r.interrupted {
					results[i] = r
				}
				mu.Unlock()
				select {
				case known <- struct{}{}:
				default:
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		all.Wait()
		close(finished)
	}()

	var given []*Result
	next := 0
	flush := func(gaps bool) {
		for next < len(list) {
			mu.Lock()
			r := results[next]
			mu.Unlock()
			if r == nil && !gaps {
				return
			}
			next++
			if r == nil {
				continue
			}
			given = append(given, r)
			if each != nil {
				each(r)
			}
		}
	}
	for {
		select {
		case <-known:
			flush(false)
		case <-finished:
			flush(true)
			return given
		}
	}
}
