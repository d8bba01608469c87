package oracle

import (
	"fmt"
	"math"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// judgeSteps judges a client whose operations are known, step by step. A key whose content a move
// destroyed gets no second finding.
func (l *Ledger) judgeSteps() []Violation {
	var found []Violation
	destroyed := make(map[place]bool)
	for _, a := range l.Acts {
		if v := l.destroyedInStep(a); v != nil {
			found = append(found, *v)
			if a.Moves {
				destroyed[place{a.Bucket, a.Key}] = true
			}
		}
	}
	for _, bucket := range l.Buckets {
		for _, key := range l.keysOf(bucket) {
			if !destroyed[place{bucket, key}] {
				found = append(found, l.judgeKey(bucket, key)...)
			}
		}
	}
	for _, a := range l.Acts {
		switch {
		case a.Moves && destroyed[place{a.Bucket, a.Key}]:
		case a.File == nil:
			found = append(found, l.judgeAnswer(a)...)
		case a.Done:
			found = append(found, l.judgeFile(a)...)
		}
	}
	return found
}

// destroyedInStep finds data that a step removed without a replacement: the source of a move, or a
// file of a directory. It returns nil if nothing is lost.
func (l *Ledger) destroyedInStep(a *Act) *Violation {
	switch {
	case a.File != nil && a.Done:
		return l.destroyed(a)
	case !a.Moves || !l.judges(LawMoves) || !l.lostByMove(a):
		return nil
	}
	source := Act{Bucket: a.Source.Bucket, Key: a.Source.Key}
	got := fmt.Sprintf("%s was moved away, but %s holds %s", source.place(), a.place(), l.final(a.Bucket, a.Key))
	v := Violation{
		Kind: script.Destroyed, Step: a.Step, Line: a.Line, Got: got,
		Evidence: evidence.Last(l.Records, evidence.InStep(a.Step)),
	}
	v = l.blame(v, l.causes(a))
	return &v
}

// lostByMove reports whether the source of a move was deleted while the move ran, and the target
// never had its content since.
func (l *Ledger) lostByMove(a *Act) bool {
	until := a.Until
	if !a.Done {
		until = math.MaxInt64
	}
	deleted := slices.ContainsFunc(l.shown(a.Source.Bucket, a.Source.Key), func(v Value) bool {
		return v.Deleted && v.Seq > a.Since && v.Seq <= until
	})
	there := slices.ContainsFunc(l.between(a.Since, math.MaxInt64, a.Bucket, a.Key), func(v Value) bool {
		return l.wants(a, v)
	})
	return deleted && !there && !l.alsoDeleted(a, until)
}

// alsoDeleted reports whether another step may have deleted the source of the move while it ran.
func (l *Ledger) alsoDeleted(move *Act, until int64) bool {
	source := place{move.Source.Bucket, move.Source.Key}
	others := slices.Concat(l.indexed().writes[source], l.indexed().removals[source])
	return slices.ContainsFunc(others, func(a *Act) bool {
		ran := a.Since <= until && (!a.Acknowledged() || a.Until >= move.Since)
		return a.deletes() && a.Step != move.Step && ran
	})
}
