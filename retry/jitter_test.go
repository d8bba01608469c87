package retry_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func asError(err error, target **retry.Error) bool { return errors.As(err, target) }

// unit returns the draw of a call as a number in [0, 1).
func unit(seed uint64, name string, attempt int) float64 {
	b := retry.Backoff{InitialDelay: 1 << 50, MaxDelay: 1 << 50, Jitter: retry.JitterFull, Seed: seed}
	return float64(b.Delay(name, attempt)) / (1 << 50)
}

// pairs are draws that differ in one argument. They have to be independent.
var pairs = map[string]func(i int) (a, b float64){
	"attempts 1, 2": func(i int) (float64, float64) {
		return unit(7, fmt.Sprint("k", i), 1),
			unit(7, fmt.Sprint("k", i), 2)
	},
	"attempts 2, 3": func(i int) (float64, float64) {
		return unit(7, fmt.Sprint("k", i), 2),
			unit(7, fmt.Sprint("k", i), 3)
	},
	"attempts 3, 4": func(i int) (float64, float64) {
		return unit(7, fmt.Sprint("k", i), 3),
			unit(7, fmt.Sprint("k", i), 4)
	},
	"attempts 1, 3": func(i int) (float64, float64) {
		return unit(7, fmt.Sprint("k", i), 1),
			unit(7, fmt.Sprint("k", i), 3)
	},
	"no name": func(i int) (float64, float64) { return unit(uint64(i+1), "", 1), unit(uint64(i+1), "", 2) },
	"names": func(i int) (float64, float64) {
		return unit(7, fmt.Sprint("k", i), 1), unit(7, fmt.Sprint("k", i+1), 1)
	},
	"long names": func(i int) (float64, float64) {
		const prefix = "GetObject demo/a/long/path/to/an/object/"
		return unit(7, prefix+fmt.Sprint(2*i), 1), unit(7, prefix+fmt.Sprint(2*i+1), 1)
	},
	"seeds": func(i int) (float64, float64) { return unit(uint64(2*i+1), "get", 1), unit(uint64(2*i+2), "get", 1) },
}

const samples = 100_000

// A correlation of 0.016 is five standard deviations: only a broken hash gets there.
func TestDrawsAreIndependent(t *testing.T) {
	for name, pair := range pairs {
		var a, b, aa, bb, ab float64
		var cells [16]int
		for i := range samples {
			x, y := pair(i)
			a, b, aa, bb, ab = a+x, b+y, aa+x*x, bb+y*y, ab+x*y
			cells[int(x*4)*4+int(y*4)]++
		}
		correlation := (samples*ab - a*b) / math.Sqrt((samples*aa-a*a)*(samples*bb-b*b))
		assert.InDelta(t, 0, correlation, 0.016, name)
		assert.Less(t, chiSquare(cells[:]), 60.0, "%s: 15 degrees of freedom", name)
	}
}

func TestDrawsAreUniform(t *testing.T) {
	for attempt := 1; attempt <= 8; attempt++ {
		var cells [64]int
		for i := range samples {
			cells[int(unit(7, fmt.Sprint("k", i), attempt)*64)]++
		}
		assert.Less(t, chiSquare(cells[:]), 140.0, "attempt %d: 63 degrees of freedom", attempt)
	}
}

// chiSquare measures how far counts are from all alike.
func chiSquare(cells []int) (sum float64) {
	expected := float64(samples) / float64(len(cells))
	for _, n := range cells {
		sum += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	return sum
}

// AWS draws from [initial, 3 · previous wait) and takes the cap where the number is above it. The
// test runs AWS's own line beside the engine.
func TestDecorrelatedJitterCapsTheNumberDrawn(t *testing.T) {
	b := retry.Backoff{InitialDelay: 100 * time.Millisecond, MaxDelay: time.Second, Jitter: retry.JitterDecorrelated}
	const chains = 10_000
	random := rand.New(rand.NewPCG(1, 2))
	for _, attempt := range []int{1, 2, 3, 20, 100} {
		capped, expected := 0, 0
		sum, expectedSum := 0.0, 0.0
		for i := range chains {
			b.Seed = uint64(i + 1)
			delay := b.Delay("", attempt)
			sum += delay.Seconds()
			if delay == b.MaxDelay {
				capped++
			}
			sleep := 0.1
			for range attempt {
				sleep = min(1, 0.1+random.Float64()*(3*sleep-0.1))
			}
			expectedSum += sleep
			if sleep == 1 {
				expected++
			}
		}
		assert.InDelta(t, float64(expected)/chains, float64(capped)/chains, 0.03, "attempt %d", attempt)
		assert.InDelta(t, expectedSum/chains, sum/chains, 0.02, "attempt %d", attempt)
	}
}

func TestAdditiveJitterAtTheCapSpreadsDownwards(t *testing.T) {
	b := retry.Backoff{MaxDelay: 30 * time.Second}
	for attempt, want := range map[int][2]float64{
		4:  {8, 10},
		5:  {16, 20},
		6:  {22.5, 30},
		60: {22.5, 30},
	} {
		low, high := b.Bounds(attempt)
		assert.InDelta(t, want[0], low.Seconds(), 1e-6, "attempt %d", attempt)
		assert.InDelta(t, want[1], high.Seconds(), 1e-6, "attempt %d", attempt)
	}
	b.MaxDelay = 18 * time.Second // there is room for half of the spread above 16 s
	low, high := b.Bounds(5)
	assert.InDelta(t, 14.0, low.Seconds(), 1e-6)
	assert.InDelta(t, 18.0, high.Seconds(), 1e-6)

	b.MaxDelay = 0
	seen := map[time.Duration]bool{}
	for i := range 1000 {
		delay := b.Delay(fmt.Sprint("name ", i), 9)
		require.LessOrEqual(t, delay, 30*time.Second)
		seen[delay] = true
	}
	assert.Len(t, seen, 1000)
}
