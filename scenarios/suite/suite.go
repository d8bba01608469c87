// Package suite says which drills a run plays: a [Suite] is scenarios times clients times seeds, a
// [Shard] is the part of it that one of several machines plays, and [Last] remembers what did not
// pass.
//
// A drill has a number, which depends on the suite alone: shards of one suite agree on it, on any
// machine.
package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Suite is the drills of a run: each scenario with each client and each seed, in this order of
// nesting from the inside: seed, scenario, client.
type Suite struct {
	Scenarios []*script.Scenario
	Clients   []string // as in scenarios.Options.Client; nil means the clients of the scenarios
	Seeds     Seeds    // the zero value means the seeds of the scenarios
	Only      []int    // numbers of the drills to play, ascending; nil means all
}

// clients returns the clients, at least one.
func (s *Suite) clients() []string {
	if len(s.Clients) == 0 {
		return []string{""}
	}
	return s.Clients
}

// seeds returns how often each scenario is played with each client.
func (s *Suite) seeds() int { return max(1, s.Seeds.Count()) }

// all returns the number of drills without regard to Only.
func (s *Suite) all() int { return len(s.clients()) * len(s.Scenarios) * s.seeds() }

// Len returns the number of drills.
func (s *Suite) Len() int {
	if s.Only != nil {
		return len(s.Only)
	}
	return s.all()
}

// drill returns the drill with that number, from 0, and the position of its client.
func (s *Suite) drill(number int) (client int, d scenarios.Drill) {
	each := s.seeds()
	client, rest := number/(len(s.Scenarios)*each), number%(len(s.Scenarios)*each)
	d.Scenario = s.Scenarios[rest/each]
	if s.Seeds.Count() > 0 {
		seed := s.Seeds.At(rest % each)
		d.Seed = &seed
	}
	return client, d
}

// A Part is the drills of one client that one shard plays.
type Part struct {
	Client string
	Len    int

	number func(i int) int
	suite  *Suite
}

// Number returns the number of the part's i-th drill in the whole suite. Both count from 0.
func (p Part) Number(i int) int { return p.number(i) }

// Drill returns the part's i-th drill, from 0.
func (p Part) Drill(i int) scenarios.Drill {
	_, d := p.suite.drill(p.suite.place(p.number(i)))
	return d
}

// place returns the place of a drill in the product of scenarios, clients and seeds.
func (s *Suite) place(number int) int {
	if s.Only != nil {
		return s.Only[number]
	}
	return number
}

// Parts returns the drills of a shard, in the order of their numbers, for each client. The shard i
// of n has the numbers i-1, i-1+n, i-1+2n and so on.
func (s *Suite) Parts(shard Shard) []Part {
	index, of := max(1, shard.Index)-1, max(1, shard.Of)
	var parts []Part
	begin := 0
	for i, client := range s.clients() {
		end := s.below((i + 1) * len(s.Scenarios) * s.seeds())
		first := begin + (index-begin%of+of)%of // the first number of the shard from begin on
		if first < end {
			parts = append(parts, Part{
				Client: client, Len: (end - first + of - 1) / of, suite: s,
				number: func(i int) int { return first + i*of },
			})
		}
		begin = end
	}
	return parts
}

// below returns the number of drills whose place is below the given one.
func (s *Suite) below(place int) int {
	if s.Only == nil {
		return place
	}
	n, _ := slices.BinarySearch(s.Only, place)
	return n
}

// Keep leaves in the suite only the drills that keep accepts.
func (s *Suite) Keep(keep func(client string, d scenarios.Drill) bool) {
	only := []int{}
	for number := range s.all() {
		client, d := s.drill(number)
		if keep(s.clients()[client], d) {
			only = append(only, number)
		}
	}
	s.Only = only
}

// Digest identifies the drills of the suite: the text of each scenario, the clients, the seeds and
// the options that change what a drill does, such as "--timeout 5s". Two shards with the same
// digest are parts of the same run.
func (s *Suite) Digest(options ...string) string {
	h := sha256.New()
	for _, sc := range s.Scenarios {
		fmt.Fprintf(h, "scenario %q %x\n", sc.ID, sha256.Sum256(sc.Source))
	}
	fmt.Fprintf(h, "clients %q\nseeds %q\nonly %v\noptions %q\n", s.clients(), s.Seeds.String(), s.Only, options)
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
