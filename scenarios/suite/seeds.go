package suite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostSeeds bounds how often a run plays a scenario.
const mostSeeds = 1 << 30

// Seeds are the seeds from First to Last. The zero value is no seed.
type Seeds struct {
	First, Last uint64
}

// ParseSeeds reads "A..B", or "A" for a single seed. Seeds count from 1.
func ParseSeeds(text string) (Seeds, error) {
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	a, errA := strconv.ParseUint(first, 10, 64)
	b, errB := strconv.ParseUint(last, 10, 64)
	switch {
	case errA != nil || errB != nil || a == 0:
		return Seeds{}, fmt.Errorf("%q: want A..B with whole numbers from 1, as in 1..100", text)
	case b < a:
		return Seeds{}, fmt.Errorf("%q: the last seed is below the first", text)
	case b-a >= mostSeeds:
		return Seeds{}, fmt.Errorf("%q: want at most %d seeds", text, mostSeeds)
	}
	return Seeds{a, b}, nil
}

// Count returns the number of seeds.
func (s Seeds) Count() int {
	if s.First == 0 {
		return 0
	}
	return int(s.Last-s.First) + 1 //nolint:gosec // ParseSeeds bounds it
}

// At returns the i-th seed, from 0.
func (s Seeds) At(i int) uint64 { return s.First + uint64(i) } //nolint:gosec // i is at least 0

// String returns "A..B", or "" for no seed.
func (s Seeds) String() string {
	if s.First == 0 {
		return ""
	}
	return fmt.Sprintf("%d..%d", s.First, s.Last)
}

// FormatSeeds returns seeds in ascending order, as "3, 17, 20..25".
func FormatSeeds(seeds []uint64) string {
	seeds = slices.Compact(slices.Sorted(slices.Values(seeds)))
	var parts []string
	for i := 0; i < len(seeds); {
		j := i
		for j+1 < len(seeds) && seeds[j+1] == seeds[j]+1 {
			j++
		}
		if j-i < 2 {
			j = i
			parts = append(parts, strconv.FormatUint(seeds[i], 10))
		} else {
			parts = append(parts, fmt.Sprintf("%d..%d", seeds[i], seeds[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
