package profile

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A noise is how late a program and its machine are without any back-off: what separates the
// requests of calls that meet no fault. A jitter below it counts as none.
type noise struct {
	gaps []time.Duration // between requests
	tail time.Duration   // the longest time from the last response to the end of the call
}

// rarely is how many waits of a hundred the machine makes later than the noise says.
const rarely = 10

// floor is the time that all but a few gaps stay below. A busy machine makes some longer.
func (n noise) floor() time.Duration {
	if len(n.gaps) == 0 {
		return unheard
	}
	sorted := slices.Sorted(slices.Values(n.gaps))
	return sorted[(len(sorted)-1)*(100-rarely)/100]
}

// unheard is the noise of a program whose calls do not make two requests one after another.
const unheard = 100 * time.Millisecond

// quietWork are calls without faults that make several requests one after another, for programs
// that can do them.
var quietWork = []string{
	"{list: {bucket: demo, prefix: l/, max_keys: 1}}, {download: {bucket: demo, key: k}}",
	"{download: {bucket: demo, key: k}}, {upload: {bucket: demo, key: up, size: 16MiB}}",
	"{download: {bucket: demo, key: k}}",
}

// noise returns what was measured so far.
func (l *live) noise() noise {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard
}

// listen measures the noise with the first work that the program can do in several requests.
func (m *meter) listen() (noise, error) {
	var n noise
	for _, work := range quietWork {
		plays, err := m.play(work, "", 1)
		if _, cannot := errors.AsType[*undetermined](err); cannot {
			continue
		}
		if err != nil {
			return n, err
		}
		n = n.and(plays[0].noise())
		if len(n.gaps) > 0 {
			break
		}
	}
	m.live.mu.Lock()
	defer m.live.mu.Unlock()
	m.live.heard = m.live.heard.and(n)
	return n, nil
}

// and returns both measurements as one.
func (n noise) and(other noise) noise {
	return noise{slices.Concat(n.gaps, other.gaps), max(n.tail, other.tail)}
}

// noise measures the gaps between the requests of each call of a drill without faults.
func (p play) noise() noise {
	records := slices.Clone(p.result.Journal)
	slices.SortStableFunc(records, func(a, b faultproxy.Record) int { return cmp.Compare(a.At, b.At) })
	var n noise
	end := time.Duration(0) // of all requests so far
	for i, r := range records {
		if i > 0 && r.Step == records[i-1].Step && r.At >= end {
			n.gaps = append(n.gaps, r.At-end)
		}
		end = max(end, r.End)
	}
	n.tail = max(0, p.result.Elapsed-end)
	return n
}

// row tells the noise.
func (n noise) row() Row {
	floor := n.floor()
	r := Row{Name: "noise", Value: brief(floor), High: floor.Seconds()}
	r.Note = fmt.Sprintf("%d of 100 gaps between requests without a fault are shorter, of %d", 100-rarely, len(n.gaps))
	if len(n.gaps) == 0 {
		r.Note = "taken for granted: no call makes two requests one after another"
	}
	return r
}

// settled returns the calls in which the machine alone made no wait late. A wait counts as late if
// it is one of the longest few, and lies apart from the others by more than the noise and by more
// than chance puts between the waits of a uniform window.
func settled(calls [][]time.Duration, noise time.Duration) [][]time.Duration {
	late := make(map[int]time.Duration) // the shortest late waits, by their number in the call
	for n := 0; ; n++ {
		waits := slices.Sorted(slices.Values(column(calls, n)))
		if len(waits) == 0 {
			break
		}
		for i := len(waits) * (100 - rarely) / 100; i < len(waits) && len(waits) >= oneRound; i++ {
			width := (waits[i-1] - waits[0]).Seconds()
			chance := width * (1 - math.Pow(1e-6, 1/float64(len(waits))))
			if apart := waits[i] - waits[i-1]; apart > noise && apart.Seconds() > chance {
				late[n] = waits[i]
				break
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(calls), func(call []time.Duration) bool {
		for n, w := range call {
			if bound, some := late[n]; some && w >= bound {
				return true
			}
		}
		return false
	})
}
