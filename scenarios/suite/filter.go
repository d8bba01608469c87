package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Filter selects scenarios. The zero value selects all.
type Filter struct {
	// Tags selects the scenarios with at least one of these tags. A tag with "!" before it leaves
	// out the scenarios that have it.
	Tags []string
	// Levels selects the scenarios whose conformance block has one of these levels.
	Levels []string
}

// levels are the words of Filter.Levels.
var levels = []string{string(script.Must), string(script.Should), string(script.Info), string(script.Own)}

// Apply returns the selected scenarios. It returns an error for an unknown level, for a tag that no
// scenario of the list has, and if no scenario is left.
func (f Filter) Apply(list []*script.Scenario) ([]*script.Scenario, error) {
	if err := f.check(list); err != nil {
		return nil, err
	}
	var kept []*script.Scenario
	for _, s := range list {
		if f.selects(s) {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 && len(list) > 0 {
		return nil, fmt.Errorf("no scenario is left of %d", len(list))
	}
	return kept, nil
}

func (f Filter) check(list []*script.Scenario) error {
	for _, level := range f.Levels {
		if !slices.Contains(levels, level) {
			return unknown("level", level, levels)
		}
	}
	var tags []string
	for _, s := range list {
		tags = append(tags, s.Tags...)
	}
	for _, tag := range f.Tags {
		tag = strings.TrimPrefix(tag, "!")
		if !slices.Contains(tags, tag) {
			slices.Sort(tags)
			return unknown("tag", tag, slices.Compact(tags))
		}
	}
	return nil
}

func (f Filter) selects(s *script.Scenario) bool {
	wanted, some := false, false
	for _, tag := range f.Tags {
		name, out := strings.CutPrefix(tag, "!")
		has := slices.Contains(s.Tags, name)
		if out && has {
			return false
		}
		some = some || !out
		wanted = wanted || !out && has
	}
	if some && !wanted {
		return false
	}
	return len(f.Levels) == 0 || s.Conformance != nil && slices.Contains(f.Levels, string(s.Conformance.Level))
}

// unknown returns the error for a word that no scenario has.
func unknown(kind, word string, words []string) error {
	hint := suggest.Hint(word, words)
	if hint == "" {
		hint = "the " + kind + "s are " + strings.Join(words, ", ")
	}
	if len(words) == 0 {
		return errors.New("no scenario has a " + kind)
	}
	return fmt.Errorf("unknown %s %q\n  hint: %s", kind, word, hint)
}
