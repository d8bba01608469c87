// Package shrink makes a script that shows a violation as small as it can: [Shrink].
//
// It leaves out and simplifies parts of the script, plays what is left, and keeps each change after
// which the violation is still there, until no change is left to try. It knows nothing of clients
// or judges: the caller plays the scripts.
package shrink

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Seen is what one play of a script showed.
type Seen struct {
	// Signs are the violations, as in "lost-write PutObject".
	Signs []string
	// Hash identifies the journal. Empty: the client is not repeatable, and runs are compared by
	// their signs alone.
	Hash string
}

// Play plays a script. Its error says that the script could not be judged; such a script does not
// show the violation.
type Play func(ctx context.Context, s *script.Scenario) (Seen, error)

// Options bounds the search. The zero value uses the defaults.
type Options struct {
	Drills  int // most plays; 0: 600
	Confirm int // plays of a change that must agree before it is kept; 0: 3
}

// Result is the smallest script that the search found.
type Result struct {
	Scenario *script.Scenario
	YAML     []byte
	Drills   int  // plays that the search took
	Whole    bool // no change is left to try; false: the search ran out of plays or its context ended
}

// ErrNotShown means that the script does not show the violation in each of its first plays.
var ErrNotShown = errors.New("the script does not show the violation again")

// Shrink returns the smallest script it finds that still shows sign. The same script and the same
// results of play give the same script. Every script that it plays is one that the format allows.
func Shrink(ctx context.Context, s *script.Scenario, sign string, play Play, o Options) (*Result, error) {
	text, err := s.Marshal()
	if err != nil {
		return nil, err
	}
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	if o.Drills == 0 {
		o.Drills = 600
	}
	if o.Confirm == 0 {
		o.Confirm = 3
	}
	search := &search{
		ctx: ctx, sign: sign, play: play, limits: o, file: s.File, tree: tree, tried: map[string]bool{},
	}
	if !search.keep(tree) {
		return nil, fmt.Errorf("%w: %s", ErrNotShown, sign)
	}
	search.settle()
	return &Result{
		Scenario: search.best, YAML: search.text, Drills: search.drills, Whole: !search.over(),
	}, nil
}

// search is one run of Shrink.
type search struct {
	ctx    context.Context
	sign   string
	play   Play
	limits Options
	file   string
	tried  map[string]bool // texts that were played

	tree *node            // the smallest so far
	best *script.Scenario // the same
	text []byte           // the same

	drills int
}

// settle repeats all passes until none of them changes the script.
func (s *search) settle() {
	for changed := true; changed && !s.over(); {
		changed = false
		for _, pass := range passes {
			for pass(s) && !s.over() {
				changed = true
			}
		}
	}
}

// over reports whether the search may play no more.
func (s *search) over() bool { return s.drills >= s.limits.Drills || s.ctx.Err() != nil }

// try keeps a changed copy of the tree if it still shows the violation, and reports whether it did.
// The change reports false if there is nothing to change.
func (s *search) try(change func(root *node) bool) bool {
	candidate := s.tree.clone()
	return !s.over() && change(candidate) && s.keep(candidate)
}

// keep plays a tree and makes it the smallest so far if all its plays show the violation alike.
func (s *search) keep(tree *node) bool {
	text, err := tree.yaml()
	if err != nil || s.tried[string(text)] {
		return false
	}
	s.tried[string(text)] = true
	parsed, err := script.Parse(s.file, text)
	if err != nil {
		return false // the change made a script that the format does not allow
	}
	var first Seen
	for n := range s.limits.Confirm {
		seen, err := s.play(s.ctx, parsed)
		s.drills++
		if err != nil || !slices.Contains(seen.Signs, s.sign) || n > 0 && !alike(first, seen) {
			return false
		}
		first = seen
	}
	return s.accept(parsed)
}

// accept makes a script the smallest so far, in its canonical text.
func (s *search) accept(smallest *script.Scenario) bool {
	text, err := smallest.Marshal()
	if err != nil {
		return false
	}
	tree, err := parse(text)
	if err != nil {
		return false
	}
	s.tried[string(text)] = true
	s.tree, s.best, s.text = tree, smallest, text
	return true
}

// alike reports whether two plays of one script showed the same.
func alike(a, b Seen) bool {
	signs := func(s Seen) []string { return slices.Sorted(slices.Values(s.Signs)) }
	return a.Hash == b.Hash && slices.Equal(signs(a), signs(b))
}
