package report

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// failures collects the drills that did not pass, to show them again at the end of a run. Drills
// that differ in the seed only share an entry.
type failures struct {
	order []*failure
	of    map[string]*failure
}

// A failure is a drill that did not pass, at some seeds.
type failure struct {
	word            string // its verdict, as the drill shows it
	id, client, why string
	seeds           []uint64
}

func (f *failures) add(r *scenarios.Result, word string) {
	if !bad(r) || r.Interrupted() {
		return
	}
	key := word + "\x00" + r.ID + "\x00" + r.Client
	one := f.of[key]
	if one == nil {
		one = &failure{word: word, id: r.ID, client: r.Client}
		if one.id == "" {
			one.id = r.Name
		}
		if len(r.Reasons) > 0 {
			one.why, _, _ = strings.Cut(r.Reasons[0].String(), "\n")
		}
		if f.of == nil {
			f.of = make(map[string]*failure)
		}
		f.of[key], f.order = one, append(f.order, one)
	}
	one.seeds = append(one.seeds, r.Seed)
}

// failuresAgain writes each failure of a run with several drills once more, in one line: "failed at
// seeds 3, 17 of 1..100".
func (t *text) failuresAgain() string {
	if t.tally.drills < 2 {
		return ""
	}
	var b strings.Builder
	for _, f := range t.failures.order {
		fmt.Fprintf(&b, "%s  %s (%s)", f.word, t.paint(bold, f.id), f.client)
		if seeds := t.options.Run.Seeds; seeds != "" {
			noun := "seed"
			if len(f.seeds) > 1 {
				noun = "seeds"
			}
			fmt.Fprintf(&b, " at %s %s of %s", noun, suite.FormatSeeds(f.seeds), seeds)
		}
		if f.why != "" {
			b.WriteString(": " + f.why)
		}
		b.WriteByte('\n')
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}
