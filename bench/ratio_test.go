package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// This file compares the retry engine with what a caller would write without it, as ratios that
// other work on the machine hardly changes. Both sides of a row run in turns, in chunks so short
// that the scheduler rarely interrupts one, and the medians of all chunks are compared.

var (
	ratios = flag.Int("ratios", 0, "compare both sides of each row in so many rounds; 0 skips the comparison")
	only   = flag.String("only", "", "compare only the row of this name")
)

// chunk is how long a side runs before it is the other side's turn.
const chunk = 100 * time.Microsecond

// ratio is a row: what the engine does, what it is compared with, and the ratio that is wanted.
type ratio struct {
	name         string
	want         float64
	engine, base func(n int) // runs n calls
}

func TestRatios(t *testing.T) {
	if *ratios == 0 {
		t.Skip("run make ratios to compare")
	}
	out := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "engine ns\tbase ns\tratio\twant\t  case")
	for _, row := range rows(t) {
		if *only != "" && *only != row.name {
			continue
		}
		engine, base := alternate(row.engine, row.base, *ratios)
		mark := ""
		if engine/base > row.want {
			mark = " (above)"
		}
		fmt.Fprintf(out, "%.1f\t%.1f\t%.2f\t≤ %.2f\t  %s%s\n", engine, base, engine/base, row.want, row.name, mark)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

// alternate runs both sides in turns and returns the median nanoseconds of a call of each.
func alternate(a, b func(int), rounds int) (float64, float64) {
	sides := [2]func(int){a, b}
	var n [2]int
	var took [2][]float64
	for i, side := range sides {
		n[i] = calls(side)
	}
	for range rounds {
		for i, side := range sides {
			start := time.Now()
			side(n[i])
			took[i] = append(took[i], float64(time.Since(start))/float64(n[i]))
		}
	}
	return median(took[0]), median(took[1])
}

// calls returns how many calls of a side take about a chunk.
func calls(side func(int)) int {
	for n := 16; ; n *= 2 {
		shortest := time.Hour
		for range 5 {
			start := time.Now()
			side(n)
			shortest = min(shortest, time.Since(start))
		}
		if shortest > chunk/2 {
			return n
		}
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
