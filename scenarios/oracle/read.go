package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// readLaws gives for each read operation its law and the function that describes what is wrong with
// the client's result. The function returns "" if the result is right.
var readLaws = map[string]struct {
	law   Law
	wrong func(*Ledger, *Act) string
}{
	"download": {LawDownload, (*Ledger).wrongDownload},
	"get":      {LawDownload, (*Ledger).wrongDownload},
	"exists":   {LawExists, (*Ledger).wrongExists},
	"stat":     {LawStat, (*Ledger).wrongStat},
	"list":     {LawList, (*Ledger).wrongList},
}

// judgeRead compares the result of a read with the states that the key or the bucket was in while
// the read ran.
func (l *Ledger) judgeRead(a *Act) []Violation {
	if !a.Acknowledged() {
		return nil
	}
	law, known := readLaws[a.Operation]
	if !known || !l.judges(law.law) {
		return nil
	}
	wrong := law.wrong(l, a)
	if wrong == "" {
		return nil
	}
	v := Violation{
		Kind: script.WrongRead, Step: a.Step, Line: a.Line, Got: wrong, Evidence: evidence.Last(l.Records, a.has),
	}
	// A 404 is a regular response to the HEAD of an exists step; any other refusal makes the
	// success a phantom. After a response with a success status the finding is a wrong read, even
	// if its body is an error.
	last := l.lastResponse(a)
	if last == nil || !refuses(*last, a.Key) || last.Status/100 == 2 || a.Operation == "exists" && last.Status == 404 {
		if l.lacksNothing(a) {
			return []Violation{l.blameBytes(v, l.excuses(a))}
		}
		return []Violation{l.blame(v, l.excuses(a))}
	}
	v.Kind = script.PhantomSuccess
	v.Got = fmt.Sprintf("the client reported success though S3 answered %s; %s", response(*last, a.Key), wrong)
	return []Violation{l.blameAnswer(v, a, last)}
}

// lacksNothing reports whether a download has as many bytes as the object held.
func (l *Ledger) lacksNothing(a *Act) bool {
	return a.Content != nil && slices.ContainsFunc(l.readable(a), func(v Value) bool {
		return !v.Deleted && len(a.Range.Of(v.Content)) == len(a.Content)
	})
}

// during returns the states that a key of the act's bucket was in while the act ran.
func (l *Ledger) during(a *Act, key string) []Value {
	return l.between(a.Since, a.Until, a.Bucket, key)
}

// between returns the states that a key was in between two numbers of commits.
func (l *Ledger) between(since, until int64, bucket, key string) []Value {
	states := l.shown(bucket, key)
	var held []Value
	for i, v := range states {
		over := i+1 < len(states) && states[i+1].Seq <= since
		if v.Seq <= until && !over {
			held = append(held, v)
		}
	}
	return held
}

// readable returns the states that a read may show: the version that it asks for, or those of the
// key while the read ran.
func (l *Ledger) readable(a *Act) []Value {
	if a.Version > 0 {
		return l.versions(a.Bucket, a.Key)[a.Version-1 : a.Version]
	}
	return l.during(a, a.Key)
}

// wrongDownload compares the delivered bytes with the states of the key.
func (l *Ledger) wrongDownload(a *Act) string {
	if a.Content == nil {
		return fmt.Sprintf("the client reported a download of %s/%s, but wrote no file", a.Bucket, a.Key)
	}
	var had []string
	for _, v := range l.readable(a) {
		switch {
		case v.Deleted:
			had = append(had, v.String())
		case bytes.Equal(a.Range.Of(v.Content), a.Content):
			return ""
		default:
			had = append(had, evidence.Bytes(a.Range.Of(v.Content)))
		}
	}
	return fmt.Sprintf("%s/%s was read as %s, but held %s", a.Bucket, a.Key, evidence.Bytes(a.Content), list(had))
}

// wrongExists checks that the key existed, or was missing, as the client reported.
func (l *Ledger) wrongExists(a *Act) string {
	if slices.ContainsFunc(l.during(a, a.Key), func(v Value) bool { return v.Deleted != a.Found }) {
		return ""
	}
	if a.Found {
		return fmt.Sprintf("the client reported that %s/%s exists, but it was missing all the time", a.Bucket, a.Key)
	}
	return fmt.Sprintf("the client reported that %s/%s is missing, but it was there all the time", a.Bucket, a.Key)
}

// wrongStat checks that the object had the reported size.
func (l *Ledger) wrongStat(a *Act) string {
	var had []string
	for _, v := range l.readable(a) {
		switch {
		case v.Deleted:
			had = append(had, v.String())
		case int64(len(a.Range.Of(v.Content))) == a.Size:
			return ""
		default:
			had = append(had, fmt.Sprintf("%d bytes", len(v.Content)))
		}
	}
	return fmt.Sprintf("%s/%s is said to have %d bytes, but held %s", a.Bucket, a.Key, a.Size, list(had))
}

// list joins descriptions of states, in the order of time.
func list(had []string) string { return strings.Join(had, ", then ") }
