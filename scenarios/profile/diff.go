package profile

import (
	"fmt"
	"io"
	"slices"
)

// A Change is a fact in which two profiles differ.
type Change struct {
	Section, Name string
	Old, New      string // values; empty: the profile has no such fact
}

// Diff returns the facts in which two profiles differ, in the order of the old one. Two numbers
// differ if their intervals have nothing in common: what chance alone can explain is no change.
func Diff(old, changed *Profile) []Change {
	var changes []Change
	for _, s := range old.Sections {
		for _, r := range s.Rows {
			other, ok := changed.Row(s.Name, r.Name)
			if !ok || !r.same(other) {
				changes = append(changes, Change{s.Name, r.Name, r.Value, other.Value})
			}
		}
		changes = append(changes, changed.added(old, s.Name)...)
	}
	for _, s := range changed.Sections {
		if !slices.ContainsFunc(old.Sections, func(o Section) bool { return o.Name == s.Name }) {
			changes = append(changes, changed.added(old, s.Name)...)
		}
	}
	return changes
}

// added returns the facts of a section that the older profile has not.
func (p *Profile) added(old *Profile, section string) []Change {
	var changes []Change
	for _, s := range p.Sections {
		for _, r := range s.Rows {
			if _, ok := old.Row(s.Name, r.Name); !ok && s.Name == section {
				changes = append(changes, Change{s.Name, r.Name, "", r.Value})
			}
		}
	}
	return changes
}

// same reports whether two facts can be the same.
func (r Row) same(other Row) bool {
	if r.High == 0 || other.High == 0 {
		return r.Value == other.Value
	}
	return r.Low <= other.High && other.Low <= r.High
}

// WriteDiff writes the changes, one on a line.
func WriteDiff(w io.Writer, changes []Change) error {
	section := ""
	for _, c := range changes {
		if c.Section != section {
			section = c.Section
			if _, err := fmt.Fprintln(w, section); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  %s: %s → %s\n", c.Name, orNone(c.Old), orNone(c.New)); err != nil {
			return err
		}
	}
	return nil
}

func orNone(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}
