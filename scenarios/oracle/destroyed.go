package oracle

import (
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// destroyed finds data that a program removed without a replacement, whatever its exit status.
// There are three cases: data to keep is gone or damaged; the source of a move is gone and its
// target is missing; an old file or object is gone that no intent deletes.
func (l *Ledger) destroyed(a *Act) *Violation {
	var got string
	var law Law
	switch {
	case a.Operation == "keep":
		law, got = LawKeeps, l.notKept(a)
	case a.From != nil:
		law, got = LawMoves, l.movedAway(a)
	case a.deletes(), a.Operation == "remove":
	case a.File != nil && a.File.Before != nil && a.File.After == nil:
		law, got = LawOldFile, fmt.Sprintf("%s is gone: it held %s", a.File.Path, evidence.Bytes(a.File.Before))
	case a.writes():
		law, got = LawOldObject, l.overwritten(a)
	}
	if got == "" || !l.judges(law) {
		return nil
	}
	v := l.accused(script.Destroyed, a, got)
	return &v
}

// notKept describes how a file or an object changed that the program was meant to keep. It returns
// "" if nothing changed.
func (l *Ledger) notKept(a *Act) string {
	if a.File != nil {
		if sameBytes(a.File.Before, a.File.After) {
			return ""
		}
		return fmt.Sprintf("%s held %s, and now holds %s", a.File.Path, contentOf(a.File.Before),
			contentOf(a.File.After))
	}
	before := l.atStart(a.Bucket, a.Key)
	if now := l.final(a.Bucket, a.Key); !same(before, now) {
		return fmt.Sprintf("%s/%s held %s, and now holds %s", a.Bucket, a.Key, before, now)
	}
	return ""
}

// movedAway describes a move whose source is gone and whose target does not hold the source's
// content. It returns "" for any other move.
func (l *Ledger) movedAway(a *Act) string {
	there := a.File != nil && l.held(a, a.File.After) || a.File == nil && l.wants(a, l.final(a.Bucket, a.Key))
	if there || !l.isGone(a.From) {
		return ""
	}
	now := l.final(a.Bucket, a.Key).String()
	target := a.Bucket + "/" + a.Key
	if a.File != nil {
		target, now = a.File.Path, contentOf(a.File.After)
	}
	return fmt.Sprintf("%s was moved away, but %s holds %s", a.From.place(), target, now)
}

// isGone reports whether the file or the object existed before the program ran and is gone after.
func (l *Ledger) isGone(a *Act) bool {
	if a.File != nil {
		return a.File.Before != nil && a.File.After == nil
	}
	return !l.atStart(a.Bucket, a.Key).Deleted && l.final(a.Bucket, a.Key).Deleted
}

// overwritten describes an object from before the drill that is gone at the end although no intent
// deletes it. It returns "" if there is no such object.
func (l *Ledger) overwritten(a *Act) string {
	before := l.atStart(a.Bucket, a.Key)
	if before.Deleted || !l.final(a.Bucket, a.Key).Deleted {
		return ""
	}
	if slices.ContainsFunc(l.indexed().writes[place{a.Bucket, a.Key}], (*Act).deletes) {
		return ""
	}
	return fmt.Sprintf("%s is gone: it held %s", a.place(), before)
}

func contentOf(file []byte) string {
	if file == nil {
		return "no file"
	}
	return evidence.Bytes(file)
}
