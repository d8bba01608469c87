package catalog

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Read parses the entries on all processors. It returns the scenarios of each entry, in the order
// of the entries, and the error of the first entry that has one.
func Read(entries []Entry) ([][]*script.Scenario, error) {
	lists, wrong := make([][]*script.Scenario, len(entries)), make([]error, len(entries))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(entries)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(entries); i = int(next.Add(1)) - 1 {
				lists[i], wrong[i] = entries[i].Scenarios()
			}
		})
	}
	workers.Wait()
	for _, err := range wrong {
		if err != nil {
			return nil, err
		}
	}
	return lists, nil
}
