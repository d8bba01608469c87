package profile

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/scenarios/profile/schedule"
)

// uniformWaits are the waits of calls whose n-th wait lies between low and low+width, twice as long
// each time.
func uniformWaits(calls int, low, width time.Duration) [][]time.Duration {
	r := rand.New(rand.NewPCG(20, 4))
	var all [][]time.Duration
	for range calls {
		var waits []time.Duration
		for n := range 3 {
			waits = append(waits, (low+time.Duration(r.Float64()*float64(width)))<<n)
		}
		all = append(all, waits)
	}
	return all
}

func TestWaitThatTheMachineMadeLateIsLeftOut(t *testing.T) {
	calls := uniformWaits(60, time.Second, time.Second)
	calls[7][0] += 1500 * time.Millisecond
	calls[9][2] += 5 * time.Second
	got := settled(calls, 10*time.Millisecond)
	assert.Len(t, got, 58)
	r := schedule.Read(got, 10*time.Millisecond)
	assert.True(t, r.Multiplier.Within(2, 0.03), "%+v", r.Multiplier)
	assert.Contains(t, lawsOf(r), "additive")
	assert.LessOrEqual(t, r.Windows[0].Max, 2*time.Second)
}

// Fixed waits of a second that some processes make late by less than the noise, and one by more.
func TestFixedWaitsOnABusyMachineHaveNoJitter(t *testing.T) {
	calls := uniformWaits(40, time.Second, 8*time.Millisecond)
	calls[3][1] += 700 * time.Millisecond
	const noise = 40 * time.Millisecond
	r := schedule.Read(settled(calls, noise), noise)
	assert.Equal(t, []string{"none"}, lawsOf(r))
	assert.NotEqual(t, []string{"none"}, lawsOf(schedule.Read(calls, noise)), "with the late wait")
}

func TestWaitsOfAUniformWindowStay(t *testing.T) {
	for _, n := range []int{3, 10, 20, 60, 400} {
		calls := uniformWaits(n, 0, time.Second)
		assert.Equal(t, n, len(settled(calls, time.Millisecond)))
	}
}

func lawsOf(r *schedule.Reading) []string {
	var names []string
	for _, l := range r.Laws {
		names = append(names, l.Jitter)
	}
	return names
}

func TestNoiseIsThatOfNineGapsInTen(t *testing.T) {
	var n noise
	for i := range 9 {
		n = n.and(noise{gaps: []time.Duration{time.Duration(i+1) * time.Millisecond}})
	}
	n = n.and(noise{gaps: []time.Duration{time.Second}, tail: 3 * time.Millisecond})
	assert.Equal(t, 9*time.Millisecond, n.floor())
	assert.Equal(t, 3*time.Millisecond, n.tail)
	assert.Equal(t, unheard, noise{}.floor())
	assert.Equal(t, "9ms", n.row().Value)
	assert.Contains(t, noise{}.row().Note, "taken for granted")
}

func TestOneLateEndIsNoSleepOfAProgram(t *testing.T) {
	ends := []time.Duration{10 * time.Millisecond, 590 * time.Millisecond, 20 * time.Millisecond, 12 * time.Millisecond}
	assert.Equal(t, 12*time.Millisecond, lastEnd(ends, true), "in real time one late end is noise")
	assert.Equal(t, 590*time.Millisecond, lastEnd(ends, false), "in virtual time nothing is late")
	slow := []time.Duration{300 * time.Millisecond, 900 * time.Millisecond}
	assert.Equal(t, 300*time.Millisecond, lastEnd(slow, true))
	assert.Zero(t, lastEnd(nil, true))
}
