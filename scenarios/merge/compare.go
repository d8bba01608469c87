package merge

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// A Kind of change of a drill between two runs, in the order in which a comparison shows them.
type Kind string

// The kinds. Only the first two change the exit code.
const (
	Regression Kind = "new failure"         // it passed before
	Unjudged   Kind = "not judged any more" // it was judged before: error, vacuous, skipped or not played now
	NewFailure Kind = "failure of a new drill"
	Fixed      Kind = "fixed"         // it failed before and passes now
	Failing    Kind = "still failing" // before and now
	Numbers    Kind = "other numbers" // it passes as before, with other attempts or sends
	New        Kind = "new drill"
	Gone       Kind = "gone drill"
)

var kinds = []Kind{Regression, Unjudged, NewFailure, Fixed, Failing, Numbers, New, Gone}

// known is what a comparison keeps of a drill of the old run.
type known struct {
	verdict         scenarios.Verdict
	attempts, sends int
	seen            bool
}

type key struct {
	id, client string
	seed       uint64
}

// A change is what became of drills that differ in the seed only.
type change struct {
	kind             Kind
	id, client, what string
}

// A Comparison collects what changed since an old run. It keeps a few words of each old drill.
type Comparison struct {
	old      map[key]*known
	versions map[string]string // of the old run's clients
	renamed  map[string]string // old version → new version, by client
	changes  map[change][]uint64
	counts   map[Kind]int
	code     int
}

// Compare reads the old run. Add the results of the new one with [Comparison.Add].
func Compare(old *Run) (*Comparison, error) {
	c := &Comparison{
		old: make(map[key]*known), versions: make(map[string]string), renamed: make(map[string]string),
		changes: make(map[change][]uint64), counts: make(map[Kind]int),
	}
	for r, err := range old.Results() {
		if err != nil {
			return nil, err
		}
		c.old[keyOf(r)] = &known{verdict: verdictOf(r), attempts: r.Attempts, sends: r.Sends}
		c.versions[r.Client] = cmp.Or(r.ClientVersion, c.versions[r.Client])
	}
	return c, nil
}

func keyOf(r *scenarios.Result) key { return key{r.ID, r.Client, r.Seed} }

// verdictOf returns the verdict. A drill that was not played to its end has none.
func verdictOf(r *scenarios.Result) scenarios.Verdict {
	if r.Interrupted() {
		return "not played"
	}
	return r.Verdict
}

func judged(v scenarios.Verdict) bool { return v == scenarios.Pass || v == scenarios.Fail }

// Add compares a result of the new run with the old one.
func (c *Comparison) Add(r *scenarios.Result) {
	if old := c.versions[r.Client]; r.ClientVersion != "" && r.ClientVersion != old {
		c.renamed[r.Client] = cmp.Or(old, "unknown") + " → " + r.ClientVersion
	}
	old, now := c.old[keyOf(r)], verdictOf(r)
	if old == nil {
		old = &known{}
	}
	old.seen = true
	switch {
	case now == scenarios.Fail && old.verdict == scenarios.Pass:
		c.add(Regression, r, "pass → fail"+firstReason(r))
		if r.Level == "" || r.Level == script.Must {
			c.code = 1
		}
	case !judged(now) && (judged(old.verdict) || now == scenarios.Error || now == scenarios.Vacuous):
		c.add(Unjudged, r, string(cmp.Or(old.verdict, "new"))+" → "+string(now)+firstReason(r))
		c.code = cmp.Or(c.code, 3)
	case now == scenarios.Fail && !judged(old.verdict):
		c.add(NewFailure, r, string(cmp.Or(old.verdict, "new"))+" → fail"+firstReason(r))
	case now == scenarios.Pass && old.verdict == scenarios.Fail:
		c.add(Fixed, r, "fail → pass")
	case now == scenarios.Fail:
		c.add(Failing, r, firstReason(r))
	case old.verdict == "":
		c.counts[New]++
	case now == scenarios.Pass && old.verdict == scenarios.Pass && *old != (known{now, r.Attempts, r.Sends, true}):
		c.add(Numbers, r, fmt.Sprintf("attempts %d → %d, sends %d → %d", old.attempts, r.Attempts, old.sends, r.Sends))
	}
}

func (c *Comparison) add(kind Kind, r *scenarios.Result, what string) {
	c.counts[kind]++
	one := change{kind, r.ID, r.Client, strings.TrimPrefix(what, ": ")}
	c.changes[one] = append(c.changes[one], r.Seed)
}

// firstReason returns the first line of the reason why a drill did not pass, after ": ".
func firstReason(r *scenarios.Result) string {
	if len(r.Reasons) == 0 {
		return ""
	}
	first, _, _ := strings.Cut(r.Reasons[0].String(), "\n")
	return ": " + first
}

// ExitCode returns 1 if a drill of level must that passed in the old run fails in the new one, else
// 3 if the new run could not judge a drill, else 0.
func (c *Comparison) ExitCode() int { return c.code }

// Check returns an error if the two runs have no drill in common: then nothing was compared.
func (c *Comparison) Check() error {
	for _, old := range c.old {
		if old.seen {
			return nil
		}
	}
	return errors.New("no drill of the new run is in the baseline" +
		"\n  hint: compare runs of the same drills, seeds and clients; a client may have another version")
}

// Lines returns the comparison as text, new failures first. Call it after the last Add.
func (c *Comparison) Lines() []string {
	c.counts[Gone] = 0
	for _, old := range c.old {
		if !old.seen {
			c.counts[Gone]++
		}
	}
	var lines []string
	for _, client := range slices.Sorted(maps.Keys(c.renamed)) {
		lines = append(lines, client+": "+c.renamed[client])
	}
	for _, kind := range kinds {
		for _, one := range c.of(kind) {
			line := fmt.Sprintf("%s: %s (%s", kind, one.id, one.client)
			if seeds := c.changes[one]; len(seeds) > 1 || seeds[0] != 1 {
				line += ", " + plural(len(seeds), "seed") + " " + suite.FormatSeeds(seeds)
			}
			line += ")"
			if one.what != "" {
				line += ": " + one.what
			}
			lines = append(lines, line)
		}
	}
	return append(lines, c.summary())
}

// of returns the changes of one kind, ordered by drill.
func (c *Comparison) of(kind Kind) []change {
	var list []change
	for one := range c.changes {
		if one.kind == kind {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.client, b.client), cmp.Compare(a.what, b.what))
	})
	return list
}

// summary counts the drills of each kind.
func (c *Comparison) summary() string {
	var parts []string
	for _, kind := range kinds {
		if n := c.counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", kind, n))
		}
	}
	if len(parts) == 0 {
		return "compared with the baseline: no change"
	}
	return "compared with the baseline: " + strings.Join(parts, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
