package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Value is one state that a key was ever in, as the fake S3 recorded it.
type Value struct {
	Deleted bool
	Content []byte
}

func (v Value) String() string {
	if v.Deleted {
		return "no object"
	}
	return evidence.Bytes(v.Content)
}

// A Violation is a law that the client broke.
type Violation struct {
	Kind     script.Finding
	Severity Severity
	Step     string   // the step that broke it; empty where no step is to be blamed
	Line     int      // of the step; 0 without a step
	Got      string   // what happened
	Evidence []string // the last journal lines about it
}

// A Ledger is the independent truth of a drill beside what its client was told.
type Ledger struct {
	Acts    []*Act
	Records []faultproxy.Record
	Order   Order

	Keys     func(bucket string) []string        // every key that ever held something
	History  func(bucket, key string) []Value    // every state of the key, in order, the seeded one included
	Seeded   func(bucket, key string) bool       // whether the first state was there before the drill
	Uploads  func(bucket string) (open []string) // multipart uploads left open
	Buckets  []string                            //
	Opaque   bool                                // a `run:` client: its operations are unknown
	ExitedOK bool                                // of an opaque client
	Without  Law                                 // tests: the law that is not judged; empty: none
}

// Judge holds the ledger against what no client may do. Its findings are ordered by kind, bucket
// and key.
func (l *Ledger) Judge() []Violation {
	var found []Violation
	if l.Opaque {
		found = append(found, l.judgeProgram()...)
	} else {
		for _, bucket := range l.Buckets {
			for _, key := range l.keysOf(bucket) {
				found = append(found, l.judgeKey(bucket, key)...)
			}
		}
		for _, a := range l.Acts {
			found = append(found, l.judgeAnswer(a)...)
		}
	}
	for _, bucket := range l.Buckets {
		found = append(found, l.openUploads(bucket)...)
	}
	return found
}

// judgeAnswer judges what the client was told: of a write whether S3 granted it, of a read also
// what it delivered.
func (l *Ledger) judgeAnswer(a *Act) []Violation {
	switch {
	case !l.onlyRefused(a):
		return l.judgeRead(a)
	case !l.judges(LawGranted):
		return nil
	}
	return []Violation{l.phantom(a)}
}

// keysOf are the keys that were written or meant to be.
func (l *Ledger) keysOf(bucket string) []string {
	keys := slices.Clone(l.Keys(bucket))
	for _, a := range l.Acts {
		if a.writes() && a.Bucket == bucket {
			keys = append(keys, a.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// judgeKey looks for writes that are lost or half there.
func (l *Ledger) judgeKey(bucket, key string) []Violation {
	var writes []*Act
	for _, a := range l.Acts {
		if a.writes() && a.Bucket == bucket && a.Key == key {
			writes = append(writes, a)
		}
	}
	history, first := l.historyOf(bucket, key)
	final := l.final(bucket, key)

	var found []Violation
	for i := first; i < len(history); i++ {
		v := history[i]
		if l.meant(v, writes) {
			continue
		}
		if i == len(history)-1 && l.culprit(final, writes) != nil {
			continue // the acknowledged write that should be there instead is reported below
		}
		if l.Opaque && v.Deleted || !l.judges(LawWhole) {
			continue // a program may delete before it writes; what is gone at the end is judged apart
		}
		got := fmt.Sprintf("%s/%s held %s, which no step wrote", bucket, key, v)
		if near := l.resembling(v, writes); near != nil {
			got = fmt.Sprintf("%s/%s held %s, while step %s wrote %s", bucket, key, v, near.Step, l.wantedText(near))
		}
		torn := Violation{Kind: script.TornObject, Got: got, Evidence: l.evidence(bucket, key, "")}
		found = append(found, l.blame(torn, l.recordsOf(bucket, key)))
	}
	if a := l.culprit(final, writes); a != nil && !l.onlyRefused(a) && l.judges(LawKept) {
		found = append(found, l.unkept(a, final))
	}
	return found
}

// historyOf is every state of the key, and the first of them that the drill made.
func (l *Ledger) historyOf(bucket, key string) (history []Value, first int) {
	if l.Seeded(bucket, key) {
		first = 1
	}
	return l.History(bucket, key), first
}

// final is the state of the key at the end.
func (l *Ledger) final(bucket, key string) Value {
	history := l.History(bucket, key)
	if len(history) == 0 {
		return Value{Deleted: true}
	}
	return history[len(history)-1]
}

// culprit is an acknowledged write that the final value contradicts: neither its own value is there
// nor one that may have come later.
func (l *Ledger) culprit(final Value, writes []*Act) *Act {
	var acknowledged *Act
	for _, a := range writes {
		if a.Acknowledged() && (acknowledged == nil || a.End >= acknowledged.End) {
			acknowledged = a
		}
	}
	if acknowledged == nil {
		return nil
	}
	for _, w := range writes {
		if !l.wants(w, final) {
			continue
		}
		overtaken := slices.ContainsFunc(writes, func(later *Act) bool {
			return l.before(w, later) && later.Acknowledged()
		})
		if !overtaken {
			return nil
		}
	}
	return acknowledged
}

// unkept is the broken promise of an acknowledged write.
func (l *Ledger) unkept(a *Act, final Value) Violation {
	if _, refused := l.refusal(a); refused {
		return l.phantom(a)
	}
	lost := Violation{
		Kind: script.LostWrite, Step: a.Step, Line: a.Line, Evidence: l.evidence(a.Bucket, a.Key, a.Step),
		Got: fmt.Sprintf("%s/%s was acknowledged as %s, but holds %s", a.Bucket, a.Key, l.wantedText(a), final),
	}
	return l.blame(lost, l.causes(a))
}

// meant says whether some write, acknowledged or not, wanted exactly this.
func (l *Ledger) meant(v Value, writes []*Act) bool {
	return slices.ContainsFunc(writes, func(a *Act) bool { return l.wants(a, v) })
}

// resembling is the write that v is a piece or a damaged copy of, if that can be told.
func (l *Ledger) resembling(v Value, writes []*Act) *Act {
	if v.Deleted {
		return nil
	}
	for _, a := range writes {
		for _, w := range l.wanted(a) {
			whole, piece := w.Content, v.Content
			piecewise := bytes.HasPrefix(whole, piece) || bytes.HasSuffix(whole, piece)
			if !w.Deleted && (len(whole) == len(piece) || piecewise) {
				return a
			}
		}
	}
	return nil
}

func same(a, b Value) bool {
	return a.Deleted == b.Deleted && (a.Deleted || bytes.Equal(a.Content, b.Content))
}

// evidence are the last few journal lines about the key.
func (l *Ledger) evidence(bucket, key, step string) []string {
	return evidence.Last(l.Records, func(r faultproxy.Record) bool {
		return about(r, bucket, key) && (step == "" || evidence.Within(r.Step, step))
	})
}

// recordsOf are the records about a key.
func (l *Ledger) recordsOf(bucket, key string) []faultproxy.Record {
	var own []faultproxy.Record
	for _, r := range l.Records {
		if about(r, bucket, key) {
			own = append(own, r)
		}
	}
	return own
}
