package oracle

import (
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file judges the deletion of single versions: it removes the version that it names, and no
// other.

// removes reports whether the act deletes one version.
func (a *Act) removes() bool { return a.deletes() && a.Version > 0 }

// versions returns the versions that a key ever had, the oldest first.
func (l *Ledger) versions(bucket, key string) []Value {
	return slices.DeleteFunc(slices.Clone(l.History(bucket, key)), func(v Value) bool { return v.Uncovered })
}

// written returns the state that the last write left in the key. The deletion of a version is no
// write: what it uncovers is not the state that the last write left.
func (l *Ledger) written(bucket, key string) Value {
	if len(l.indexed().removals[place{bucket, key}]) == 0 {
		return l.final(bucket, key)
	}
	if all := l.versions(bucket, key); len(all) > 0 {
		return all[len(all)-1]
	}
	return Value{Deleted: true}
}

// uncovered reports whether a step that deletes a version may have brought the state back.
func (l *Ledger) uncovered(v Value, bucket, key string) bool {
	return v.Uncovered && slices.ContainsFunc(l.indexed().removals[place{bucket, key}], func(a *Act) bool {
		return a.Since < v.Seq
	})
}

// judgeRemovals finds the versions of a key that S3 still has although their deletion was
// acknowledged, and those that are gone although no step deletes them.
func (l *Ledger) judgeRemovals(bucket, key string) []Violation {
	removals := l.indexed().removals[place{bucket, key}]
	if len(removals) == 0 {
		return nil
	}
	versions := l.versions(bucket, key)
	asked := make(map[int]bool)
	var found []Violation
	for _, a := range removals {
		asked[a.Version] = true
		if !a.Acknowledged() || versions[a.Version-1].Gone || l.onlyRefused(a) || !l.judges(LawKept) {
			continue
		}
		got := fmt.Sprintf("the deletion of version %d of %s was acknowledged, but S3 still has it: %s",
			a.Version, a.place(), versions[a.Version-1])
		found = append(found, l.accused(script.LostWrite, a, got))
	}
	if l.Versioned == nil || !l.Versioned(bucket) || !l.judges(LawVersions) {
		return found // S3 replaces the version that has no id
	}
	for i, v := range versions {
		if v.Gone && !asked[i+1] {
			a := l.removerOf(removals)
			got := fmt.Sprintf("version %d of %s is gone, which no step deletes: it held %s", i+1, a.place(), v)
			found = append(found, l.accused(script.Destroyed, a, got))
		}
	}
	return found
}

// removerOf returns the deletion to which a finding about another version is attributed: the last
// one that removed nothing, else the last one.
func (l *Ledger) removerOf(removals []*Act) *Act {
	last := removals[len(removals)-1]
	versions := l.versions(last.Bucket, last.Key)
	for _, a := range removals {
		if !versions[a.Version-1].Gone {
			last = a
		}
	}
	return last
}
