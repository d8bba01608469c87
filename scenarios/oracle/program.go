package oracle

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// judgeProgram judges a program. It judges the intents, which are Acts, and for keys without an
// intent only the requests and the exit status.
func (l *Ledger) judgeProgram() []Violation {
	found := l.judgeWire()
	judged := make(map[place]bool)
	for _, a := range l.Acts {
		if v := l.destroyed(a); v != nil {
			found = append(found, *v)
			judged[place{a.Bucket, a.Key}] = true
		}
	}
	for _, a := range l.Acts {
		at := place{a.Bucket, a.Key}
		switch {
		case a.File != nil:
			found = append(found, l.judgeFile(a)...)
		case !a.writes():
			found = append(found, l.judgeAnswer(a)...)
		case !judged[at]:
			judged[at] = true
			found = append(found, l.judgeKey(a.Bucket, a.Key)...)
			found = append(found, l.judgeAnswer(a)...)
		}
	}
	if len(found) == 0 {
		found = l.falseFailure()
	}
	return found
}

// intends reports whether an intent writes or deletes the key.
func (l *Ledger) intends(bucket, key string) bool {
	return len(l.indexed().writes[place{bucket, key}]) > 0
}

// accused returns the violation of a law by an act, with its evidence and severity.
func (l *Ledger) accused(kind script.Finding, a *Act, got string) Violation {
	v := Violation{Kind: kind, Step: a.Step, Line: a.Line, Got: got, Evidence: evidence.Last(l.Records, a.has)}
	return l.blame(v, l.causes(a))
}

// falseFailure finds a program that failed although all its intents are fulfilled and it could have
// found that out. The violation is a note, because no data is wrong.
func (l *Ledger) falseFailure() []Violation {
	if l.ExitedOK || !l.couldTell() || !l.judges(LawTrueFailure) {
		return nil
	}
	effects := 0
	for _, a := range l.Acts {
		done, effect := l.done(a)
		if !done {
			return nil
		}
		if effect {
			effects++
		}
	}
	if effects == 0 {
		return nil
	}
	return []Violation{{
		Kind: script.FalseFailure, Severity: Note, Line: l.Acts[0].Line,
		Got:      "the program failed, but all that it was meant to do is done",
		Evidence: evidence.Last(l.Records, evidence.InStep("")),
	}}
}

// done reports whether an intent is fulfilled at the end, and whether the program changed anything
// to fulfil it.
func (l *Ledger) done(a *Act) (done, effect bool) {
	switch {
	case a.Operation == "keep":
		return true, false // destroyed has judged it
	case a.Operation == "remove":
		return a.File.After == nil, a.File.Before != nil
	case a.Operation == "list":
		return l.wrongList(a) == "", false
	case a.File != nil:
		return l.held(a, a.File.After), !sameBytes(a.File.Before, a.File.After)
	}
	changed := len(l.History(a.Bucket, a.Key)) > l.Seeded(a.Bucket, a.Key)
	return l.wants(a, l.final(a.Bucket, a.Key)), changed
}

// couldTell reports whether the program could have found out which writes took effect. It could not
// if it sent requests after the last write that took effect and each of them met a fault or got no
// response.
func (l *Ledger) couldTell() bool {
	last := -1
	for i, r := range l.Records {
		if r.Committed {
			last = i
		}
	}
	later := l.Records[last+1:]
	return len(later) == 0 || slices.ContainsFunc(later, func(r faultproxy.Record) bool {
		return r.Fault == "" && r.Status != 0
	})
}
