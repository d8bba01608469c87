package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/profile/schedule"
)

// A policy is a back-off with the number of its waits.
type policy struct {
	retry.Backoff
	waits int
}

func (p policy) String() string {
	return fmt.Sprintf("%v %.3f base %v × %.3f cap %v, %d waits",
		p.Jitter, p.JitterRatio, p.InitialDelay, p.Multiplier, p.MaxDelay, p.waits)
}

func randomPolicy(r *rand.Rand) policy {
	base := time.Duration(float64(50*time.Millisecond) * (1 + 40*r.Float64()*r.Float64()))
	p := policy{waits: 1 + r.IntN(9)}
	p.InitialDelay, p.Multiplier = base, 1+float64(r.IntN(13))/6
	p.Jitter = retry.Jitter(r.IntN(6))
	if p.Jitter == retry.JitterAdditive || p.Jitter == retry.JitterProportional {
		p.JitterRatio = float64(1+r.IntN(20)) / 20
	}
	p.MaxDelay = time.Duration(float64(base) * (1 + 60*r.Float64()*r.Float64()))
	return p
}

// read reads the policy from as many calls as that takes, at most 800.
func (p policy) read() *schedule.Reading {
	for calls := 50; ; calls *= 2 {
		r := schedule.Read(p.draw(calls), 0)
		if r.Waits >= 400 || calls == 800 {
			return r
		}
	}
}

func (p policy) draw(n int) [][]time.Duration { return p.drawFrom(1, n) }

// drawFrom draws the waits of calls with so many seeds from the first on.
func (p policy) drawFrom(first uint64, n int) [][]time.Duration {
	var calls [][]time.Duration
	for seed := range uint64(n) {
		p.Seed = first + seed
		var waits []time.Duration
		for n := range p.waits {
			waits = append(waits, p.Delay("", n+1))
		}
		calls = append(calls, waits)
	}
	return calls
}

// misread returns what the reading says of the policy that is wrong.
func (p policy) misread(r *schedule.Reading) string {
	if e := r.Cap; e.Known() && !e.Within(p.MaxDelay.Seconds(), 0.03) {
		return fmt.Sprintf("cap %v", e)
	}
	if e := r.Multiplier; e.Known() && p.Jitter != retry.JitterDecorrelated && !e.Within(p.Multiplier, 0.03) {
		return fmt.Sprintf("multiplier %v", e)
	}
	for _, law := range r.Laws {
		if law.Jitter != p.Jitter.String() {
			continue
		}
		if e := law.Base; e.Known() && !e.Within(p.InitialDelay.Seconds(), 0.03) {
			return fmt.Sprintf("base %v", e)
		}
		if e := law.Ratio; p.JitterRatio > 0 && e.Known() && !e.Within(p.JitterRatio, 0.03) {
			return fmt.Sprintf("ratio %v", e)
		}
		return ""
	}
	return fmt.Sprintf("laws %+v", r.Laws)
}

// The seeds are others than those that the thresholds were chosen with.
func TestRandomSchedulesAreReadBack(t *testing.T) {
	const n = 600
	r := rand.New(rand.NewPCG(11, 7))
	bases, multipliers, caps, outside := 0, 0, 0, 0
	for range n {
		p := randomPolicy(r)
		got := p.read()
		assert.Empty(t, p.misread(got), "%v", p)
		if len(got.Laws) > 0 && got.Laws[0].Base.Known() {
			bases++
		}
		if got.Multiplier.Known() {
			multipliers++
			if p.Jitter != retry.JitterDecorrelated && !got.Multiplier.Has(p.Multiplier) {
				outside++
			}
		}
		if got.Cap.Known() {
			caps++
		}
	}
	// A reader that knows nothing is never wrong. These policies often reach their cap at the first
	// or second wait.
	assert.Greater(t, bases, n*6/10)
	assert.Greater(t, multipliers, n*4/10)
	assert.Greater(t, caps, n*5/10)
	assert.LessOrEqual(t, outside, 3, "intervals are for one error in a thousand, and these are rounded policies")
}

func TestLawsThatLookAlikeAreNamedTogether(t *testing.T) {
	for jitter, want := range map[retry.Jitter][]string{
		retry.JitterNone:         {"none"},
		retry.JitterFull:         {"full", "proportional"},
		retry.JitterEqual:        {"equal", "additive", "proportional"},
		retry.JitterAdditive:     {"additive", "proportional"},
		retry.JitterProportional: {"additive", "proportional"},
		retry.JitterDecorrelated: {"decorrelated"},
	} {
		p := policy{waits: 4}
		p.InitialDelay, p.Multiplier, p.MaxDelay, p.Jitter = time.Second, 2, time.Hour, jitter
		assert.Equal(t, want, lawNames(p.read()), "%v", jitter)
	}
}

func TestOneDecorrelatedWaitIsUniform(t *testing.T) {
	p := policy{waits: 1}
	p.InitialDelay, p.MaxDelay, p.Jitter = time.Second, time.Hour, retry.JitterDecorrelated
	names := lawNames(p.read())
	assert.Contains(t, names, "decorrelated")
	assert.Contains(t, names, "proportional", "one half of 2 s looks the same")
}

func TestWaitsOfNoLawHaveWindowsOnly(t *testing.T) {
	var calls [][]time.Duration
	for range 60 {
		calls = append(calls, []time.Duration{time.Second, 5 * time.Second, 2 * time.Second})
	}
	r := schedule.Read(calls, 0)
	assert.Empty(t, r.Laws)
	assert.NotEmpty(t, r.Multiplier.Unknown)
	assert.Equal(t, 5*time.Second, r.Windows[1].Max)
}

func TestWaitsThatAreNotUniformShowIt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var even, uneven [][]time.Duration
	for range 400 {
		even = append(even, []time.Duration{time.Duration(r.Float64() * 1e9)})
		uneven = append(uneven, []time.Duration{time.Duration(r.Float64() * r.Float64() * 1e9)})
	}
	assert.Greater(t, schedule.Read(even, 0).Windows[0].Uniform, 0.001)
	assert.Less(t, schedule.Read(uneven, 0).Windows[0].Uniform, 1e-9)
}

func TestNoWaitsNoReading(t *testing.T) {
	require.Nil(t, schedule.Read(nil, 0))
	require.Nil(t, schedule.Read([][]time.Duration{nil, {}}, 0))
}

// In real time each wait is late by some milliseconds.
func TestWaitsThatDifferByLessThanTheNoiseHaveNoJitter(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	late := func(d time.Duration) time.Duration { return d + time.Duration(r.Float64()*float64(8*time.Millisecond)) }
	var calls [][]time.Duration
	for range 60 {
		calls = append(calls, []time.Duration{late(time.Second), late(2 * time.Second), late(4 * time.Second)})
	}
	quiet := schedule.Read(calls, 10*time.Millisecond)
	require.Len(t, quiet.Laws, 1)
	assert.Equal(t, "none", quiet.Laws[0].Jitter)
	assert.True(t, quiet.Laws[0].Base.Within(1, 0.01), "%+v", quiet.Laws[0])
	assert.True(t, quiet.Multiplier.Within(2, 0.01), "%+v", quiet.Multiplier)
	exact := schedule.Read(calls, 0)
	assert.NotContains(t, lawNames(exact), "none")
}

// Of sixty waits the two longest are often closer to each other than the noise. That is no cap.
func TestUniformWaitsWithNoiseAreReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const noise = 8 * time.Millisecond
	for range 20 {
		p := policy{waits: 9}
		p.InitialDelay, p.Multiplier, p.MaxDelay, p.Jitter = 200*time.Millisecond, 2, time.Second, retry.JitterFull
		calls := p.drawFrom(r.Uint64()>>1, 60)
		for _, call := range calls {
			for i := range call {
				call[i] += time.Duration(r.Float64() * float64(noise))
			}
		}
		got := schedule.Read(calls, noise)
		assert.Contains(t, lawNames(got), "full", "%+v", got)
		assert.True(t, got.Cap.Within(1, 0.04), "%+v", got.Cap)
		assert.True(t, got.Multiplier.Has(2), "%+v", got.Multiplier)
	}
}

func lawNames(r *schedule.Reading) []string {
	var names []string
	for _, l := range r.Laws {
		names = append(names, l.Jitter)
	}
	return names
}
