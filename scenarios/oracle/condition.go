package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file judges conditional writes: two writers that create the same key cannot both succeed.

func (c Condition) String() string {
	if c.IfMatch != "" {
		return "if_match: " + c.IfMatch
	}
	return fmt.Sprintf("if_none_match: %q", c.IfNoneMatch)
}

// holds reports whether a write with the condition may replace the state before it.
func (c Condition) holds(before Value) bool {
	if c.IfNoneMatch != "" {
		return before.Deleted
	}
	return !before.Deleted && strings.Trim(before.ETag, `"`) == strings.Trim(c.IfMatch, `"`)
}

// unmetConditions returns a violation for each acknowledged conditional write that S3 did not store
// where its condition held. Each state of the key stands for one write, or for any number of
// deletions: a client cannot tell its own deletion from that of another. A success that S3 did not
// grant is left to judgeAnswer.
func (l *Ledger) unmetConditions(writes []*Act, history []Value, first int) []Violation {
	if !l.judges(LawCondition) {
		return nil
	}
	var conditional []*Act
	for _, a := range writes {
		if a.Acknowledged() && a.Condition != (Condition{}) {
			conditional = append(conditional, a)
		}
	}
	slices.SortStableFunc(conditional, func(a, b *Act) int { return cmp.Compare(a.End, b.End) })
	taken := make(map[int]bool)
	var found []Violation
	for _, a := range conditional {
		if i := l.storedBy(a, history, first, taken); i >= 0 {
			taken[i] = taken[i] || !a.deletes()
			continue
		}
		if l.onlyRefused(a) {
			continue
		}
		got := fmt.Sprintf("%s was acknowledged with %s as %s, but S3 did not store it there",
			a.place(), a.Condition, l.wantedText(a))
		found = append(found, l.accused(script.LostWrite, a, got))
	}
	return found
}

// storedBy returns the index of a state that the write may have stored under its condition, or -1.
func (l *Ledger) storedBy(a *Act, history []Value, first int, taken map[int]bool) int {
	for i := first; i < len(history); i++ {
		before := Value{Deleted: true}
		if i > 0 {
			before = history[i-1]
		}
		if !taken[i] && l.wants(a, history[i]) && a.holds(before) {
			return i
		}
	}
	return -1
}
