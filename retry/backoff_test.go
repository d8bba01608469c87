package retry_test

import (
	"math"
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

const everyJitter = 6

func TestDelayStaysWithinBounds(t *testing.T) {
	for jitter := range retry.Jitter(everyJitter) {
		t.Run(jitter.String(), func(t *testing.T) {
			b := retry.Backoff{
				InitialDelay: 100 * time.Millisecond, MaxDelay: 3 * time.Second, Multiplier: 1.5,
				Jitter: jitter,
			}
			for attempt := 1; attempt <= 100; attempt++ {
				low, high := b.Bounds(attempt)
				require.LessOrEqual(t, low, high)
				require.LessOrEqual(t, high, b.MaxDelay)
				for seed := range uint64(50) {
					b.Seed = seed + 1
					delay := b.Delay("put demo/a.bin", attempt)
					require.GreaterOrEqual(t, delay, low, "seed %d attempt %d", b.Seed, attempt)
					require.LessOrEqual(t, delay, high, "seed %d attempt %d", b.Seed, attempt)
				}
			}
		})
	}
}

// Each kind spreads over the range it names, and over all of it.
func TestJitterFillsItsRange(t *testing.T) {
	for _, c := range []struct {
		jitter    retry.Jitter
		low, high float64 // in units of the delay of 4 s after the third attempt
	}{
		{retry.JitterNone, 1, 1},
		{retry.JitterAdditive, 1, 1.25},
		{retry.JitterFull, 0, 1},
		{retry.JitterEqual, 0.5, 1},
		{retry.JitterProportional, 0.8, 1.2},
		{retry.JitterDecorrelated, 0.25, 27.0 / 4},
	} {
		b := retry.Backoff{Jitter: c.jitter}
		low, high := b.Bounds(3)
		assert.InDelta(t, c.low, low.Seconds()/4, 1e-6, c.jitter)
		assert.InDelta(t, c.high, high.Seconds()/4, 1e-6, c.jitter)
		least, most, sum := math.Inf(1), 0.0, 0.0
		const draws = 4000
		for seed := range uint64(draws) {
			b.Seed = seed + 1
			d := b.Delay("", 3).Seconds() / 4
			least, most, sum = min(least, d), max(most, d), sum+d
		}
		width := c.high - c.low
		if c.jitter == retry.JitterDecorrelated {
			continue // its shape follows from the chain
		}
		assert.InDelta(t, c.low, least, 0.02*width, c.jitter)
		assert.InDelta(t, c.high, most, 0.02*width, c.jitter)
		assert.InDelta(t, (c.low+c.high)/2, sum/draws, 0.02*width+1e-9, c.jitter)
	}
}

func TestDelayIsAPureFunction(t *testing.T) {
	for jitter := range retry.Jitter(everyJitter) {
		config := retry.Config{Jitter: jitter, Seed: 42}
		one, other := must(t, config), must(t, config)
		config.Seed = 43
		another := must(t, config)
		differ := 0
		for attempt := 1; attempt <= 90; attempt++ {
			d := one.Delay("get demo/a.bin", attempt)
			require.Equal(t, d, other.Delay("get demo/a.bin", attempt))
			require.Equal(t, d, one.Backoff(retry.ClassTransient).Delay("get demo/a.bin", attempt),
				"the ready-made windows say the same")
			if d != another.Delay("get demo/a.bin", attempt) {
				differ++
			}
		}
		if jitter != retry.JitterNone {
			assert.Positive(t, differ, jitter)
		}
	}
}

// These values never change: drills are replayed with them.
func TestDrawsAreTheSameInEveryRelease(t *testing.T) {
	b := retry.Backoff{Jitter: retry.JitterFull, Seed: 7}
	var got []time.Duration
	for _, name := range []string{"", "a", "PutObject demo/a.bin", "PutObject demo/b.bin"} {
		got = append(got, b.Delay(name, 1), b.Delay(name, 2))
	}
	assert.Equal(t, []time.Duration{
		877800750, 1467397231, 757781736, 240904318, 795040810, 1946090587, 884771327,
		954901102,
	}, got)
}

// 0 ≤ delay ≤ MaxDelay for every input.
func TestHostileSchedulesStayInRange(t *testing.T) {
	check := func(initial, longest int64, multiplier, ratio float64, jitter uint8, seed uint64, name string,
		attempt int,
	) bool {
		b := retry.Backoff{
			InitialDelay: time.Duration(initial), MaxDelay: time.Duration(longest), Multiplier: multiplier,
			Jitter: retry.Jitter(jitter), JitterRatio: ratio, Seed: seed,
		}
		return inRange(b, name, attempt)
	}
	require.NoError(t, quick.Check(check, &quick.Config{MaxCount: 20000}))

	durations := []time.Duration{0, 1, -1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 1, time.Second}
	numbers := []float64{
		0, -0.5, 0.5, 1, 2, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		math.SmallestNonzeroFloat64,
	}
	attempts := []int{math.MinInt, -1, 0, 1, 2, 63, 64, 65, 1000, math.MaxInt - 1, math.MaxInt}
	for _, initial := range durations {
		for _, longest := range durations {
			for _, multiplier := range numbers {
				for _, ratio := range numbers {
					for jitter := range retry.Jitter(everyJitter + 2) {
						for _, attempt := range attempts {
							b := retry.Backoff{
								InitialDelay: initial, MaxDelay: longest, Multiplier: multiplier,
								Jitter: jitter, JitterRatio: ratio, Seed: 1,
							}
							require.True(t, inRange(b, "name", attempt), "%+v attempt %d: %v", b, attempt,
								b.Delay("name", attempt))
						}
					}
				}
			}
		}
	}
}

func inRange(b retry.Backoff, name string, attempt int) bool {
	longest := max(b.MaxDelay, 0)
	if b.MaxDelay == 0 {
		longest = max(30*time.Second, b.InitialDelay)
	}
	d := b.Delay(name, attempt)
	low, high := b.Bounds(attempt)
	return d >= 0 && d <= longest && low >= 0 && low <= d && d <= high && high <= longest
}

func FuzzDelay(f *testing.F) {
	f.Add(int64(1e9), int64(30e9), 2.0, 0.25, uint8(0), uint64(0), "put", 3)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), math.Inf(1), math.NaN(), uint8(4), uint64(1), "", math.MaxInt)
	f.Fuzz(func(t *testing.T, initial, longest int64, multiplier, ratio float64, jitter uint8, seed uint64, name string,
		attempt int,
	) {
		b := retry.Backoff{
			InitialDelay: time.Duration(initial), MaxDelay: time.Duration(longest), Multiplier: multiplier,
			Jitter: retry.Jitter(jitter), JitterRatio: ratio, Seed: seed,
		}
		if !inRange(b, name, attempt) {
			t.Fatalf("%+v attempt %d: %v", b, attempt, b.Delay(name, attempt))
		}
	})
}

func TestJitterNamesRoundTrip(t *testing.T) {
	for jitter := range retry.Jitter(everyJitter) {
		text, err := jitter.MarshalText()
		require.NoError(t, err)
		var back retry.Jitter
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, jitter, back)
	}
	_, err := retry.ParseJitter("gaussian")
	require.EqualError(t, err,
		`retry: no jitter is called "gaussian": want additive, none, full, equal, decorrelated or proportional`)
	_, err = retry.Jitter(everyJitter).MarshalText()
	require.Error(t, err)
}
