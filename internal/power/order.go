package main

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// An order puts first the checks that are likely to notice a mutant for little time: those that
// noticed mutants of the same function, of the same file, and of the same package. It is safe for
// concurrent use.
type order struct {
	mu    sync.Mutex
	kills map[string]map[string]float64 // by place and check
}

func newOrder() *order { return &order{kills: map[string]map[string]float64{}} }

// places returns the surroundings of a mutant, from the nearest to the widest.
func places(m *mutation.Mutant) []string {
	file := m.Package + "/" + m.File
	return []string{file + " " + m.Func, file, m.Package}
}

// killed notes that the check noticed the mutant.
func (o *order) killed(m *mutation.Mutant, check string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, place := range places(m) {
		if o.kills[place] == nil {
			o.kills[place] = map[string]float64{}
		}
		o.kills[place][check]++
	}
}

// sort returns the checks in the order in which they should see the mutant.
func (o *order) sort(m *mutation.Mutant, list []*traced) []*traced {
	o.mu.Lock()
	defer o.mu.Unlock()
	const start = 20 * time.Millisecond // what a check costs besides its own time
	score := make(map[*traced]float64, len(list))
	for _, c := range list {
		likely := 0.01
		for i, place := range places(m) {
			likely += o.kills[place][c.Check] * []float64{1, 0.2, 0.01}[i]
		}
		score[c] = likely / (c.Took + start).Seconds()
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b *traced) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), strings.Compare(a.Check, b.Check))
	})
	return sorted
}
