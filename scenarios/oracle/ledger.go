package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Value is one state of a key that the fake S3 recorded: a content, or no object.
type Value struct {
	Deleted bool
	Content []byte
	ETag    string // with its quotes
	Seq     int64  // place of the state in the order of all commits of the fake S3, from 1
	// Gone and Uncovered are those of a fakes3.Version: the version is not stored any more, and no
	// write made the state.
	Gone, Uncovered bool
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
	Step     string   // the step that broke the law; empty if no single step did
	Line     int      // of the step; 0 without a step
	Got      string   // what happened
	Evidence []string // the last journal lines about it
}

// A Ledger holds the two accounts of a drill that Judge compares: what the fake S3 and the proxy
// recorded, and what the client reported.
type Ledger struct {
	Acts    []*Act
	Records []faultproxy.Record
	Order   Order

	Keys    func(bucket string) []string        // every key that ever held an object
	History func(bucket, key string) []Value    // every state of the key, in order, with the seeded one
	Seeded  func(bucket, key string) int        // how many of the states are from before the drill
	Uploads func(bucket string) (open []string) // keys of the multipart uploads left open
	Stored  func(bucket, key string) Stored     // what S3 keeps of the object at the end; nil: unknown
	// Versioned reports whether a bucket keeps every version. Nil: no bucket does.
	Versioned func(bucket string) bool
	Buckets   []string // the buckets of the drill
	Opaque    bool     // the client is a program: its operations are unknown
	ExitedOK  bool     // the program exited with 0
	Killed    bool     // a signal ended the program that no program can handle
	// KilledBefore is when the program was run again after such a signal had ended an earlier run.
	// 0: there was no earlier run.
	KilledBefore time.Duration
	Without      Law // for tests: the law to leave out; empty leaves out none

	grouped *index // nil until the first judgement
}

// Judge returns the violations of all laws that the oracle judges. Violations of keys come first,
// in the order of Buckets and keys, then those of acts, then open uploads. What the steps of a
// drill destroyed comes before all others.
func (l *Ledger) Judge() []Violation {
	var found []Violation
	if l.Opaque {
		found = append(found, l.judgeProgram()...)
	} else {
		found = append(found, l.judgeSteps()...)
	}
	for _, bucket := range l.Buckets {
		found = append(found, l.openUploads(bucket)...)
	}
	return found
}

// judgeAnswer judges what the client reported for an act: whether S3 granted a success, and whether
// the result of a read is true.
func (l *Ledger) judgeAnswer(a *Act) []Violation {
	switch {
	case !l.onlyRefused(a):
		return l.judgeRead(a)
	case !l.judges(LawGranted):
		return nil
	}
	return []Violation{l.phantom(a)}
}

// keysOf returns the keys of a bucket that ever held an object and those that an act writes,
// sorted.
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

// judgeKey finds the torn states and the lost write of a key.
func (l *Ledger) judgeKey(bucket, key string) []Violation {
	writes := l.indexed().writes[place{bucket, key}]
	history, first := l.History(bucket, key), l.Seeded(bucket, key)
	final := l.written(bucket, key)
	broken := l.brokenWrite(final, writes)

	found := l.judgeRemovals(bucket, key)
	for i := first; i < len(history); i++ {
		v := history[i]
		if l.wantedByAny(v, writes) || l.uncovered(v, bucket, key) {
			continue
		}
		if i == len(history)-1 && broken != nil {
			continue // the acknowledged write that should be there instead is reported below
		}
		if l.Opaque && v.Deleted || !l.judges(LawWhole) {
			continue // a program may delete before it writes; destroyed judges missing data
		}
		if v.Deleted && l.atStart(bucket, key).Deleted {
			continue // the client has removed what it wrote, as if its write had never been
		}
		got := fmt.Sprintf("%s/%s held %s, which no step wrote", bucket, key, v)
		if near := l.resembling(v, writes); near != nil {
			got = fmt.Sprintf("%s/%s held %s, while step %s wrote %s", bucket, key, v, near.Step, l.wantedText(near))
		}
		torn := Violation{Kind: script.TornObject, Got: got, Evidence: l.evidence(bucket, key, "")}
		found = append(found, l.blame(torn, l.recordsOf(bucket, key)))
	}
	if broken != nil && !l.onlyRefused(broken) && l.judges(LawKept) {
		return append(found, l.lostWrite(broken, final))
	}
	found = append(found, l.unmetConditions(writes, history, first)...)
	return append(found, l.unkept(bucket, key, final, writes)...)
}

// atStart returns the state of the key when the drill began.
func (l *Ledger) atStart(bucket, key string) Value {
	if n := l.Seeded(bucket, key); n > 0 {
		return l.History(bucket, key)[n-1]
	}
	return Value{Deleted: true}
}

// shown returns the states in which the key was during the drill. They do not include the older
// versions of a seeded object, which a client sees only if it asks for them by their id.
func (l *Ledger) shown(bucket, key string) []Value {
	n := l.Seeded(bucket, key)
	if n == 0 {
		return append([]Value{{Deleted: true}}, l.History(bucket, key)...)
	}
	return l.History(bucket, key)[n-1:]
}

// final returns the state of the key at the end.
func (l *Ledger) final(bucket, key string) Value {
	history := l.History(bucket, key)
	if len(history) == 0 {
		return Value{Deleted: true}
	}
	return history[len(history)-1]
}

// brokenWrite returns the last acknowledged write if the final value contradicts it, and nil
// otherwise. The final value is in order if a write wanted it and no acknowledged write certainly
// came later.
func (l *Ledger) brokenWrite(final Value, writes []*Act) *Act {
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

// lostWrite returns the violation for an acknowledged write whose key holds another value at the
// end.
func (l *Ledger) lostWrite(a *Act, final Value) Violation {
	if _, refused := l.refusal(a); refused {
		return l.phantom(a)
	}
	lost := Violation{
		Kind: script.LostWrite, Step: a.Step, Line: a.Line, Evidence: l.evidence(a.Bucket, a.Key, a.Step),
		Got: fmt.Sprintf("%s/%s was acknowledged as %s, but holds %s", a.Bucket, a.Key, l.wantedText(a), final),
	}
	if late := l.lateWrite(a.Bucket, a.Key); late != nil {
		return l.blameFor(lost, late)
	}
	return l.blame(lost, l.causes(a))
}

// lateWrite returns the last write of the key that S3 handled after it had failed for the client,
// or nil.
func (l *Ledger) lateWrite(bucket, key string) *faultproxy.Record {
	var late *faultproxy.Record
	for i := range l.Records {
		if r := &l.Records[i]; r.Bucket == bucket && struckBy(*r, "commit_late") && stores(*r, key) {
			late = r
		}
	}
	return late
}

// wantedByAny reports whether a write, acknowledged or not, wanted to store exactly this value.
func (l *Ledger) wantedByAny(v Value, writes []*Act) bool {
	return slices.ContainsFunc(writes, func(a *Act) bool { return l.wants(a, v) })
}

// resembling returns the write whose content v seems to be a part or a damaged copy of: v is its
// beginning or its end, or has its length. It returns nil if there is no such write.
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

// evidence returns the last journal lines about the key, of one step or, if step is empty, of all.
func (l *Ledger) evidence(bucket, key, step string) []string {
	return evidence.Last(l.Records, func(r faultproxy.Record) bool {
		return evidence.About(r, bucket, key) && (step == "" || evidence.Within(r.Step, step))
	})
}

// recordsOf returns the records about a key.
func (l *Ledger) recordsOf(bucket, key string) []faultproxy.Record {
	var own []faultproxy.Record
	for _, r := range l.Records {
		if evidence.About(r, bucket, key) {
			own = append(own, r)
		}
	}
	return own
}
