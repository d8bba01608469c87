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
	"exists":   {LawExists, (*Ledger).wrongExists},
	"stat":     {LawStat, (*Ledger).wrongStat},
	"list":     {LawList, (*Ledger).wrongList},
}

// judgeRead compares the result of a read with every state that the key or the bucket was in.
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
		return []Violation{l.blame(v, l.causes(a))}
	}
	v.Kind = script.PhantomSuccess
	v.Got = fmt.Sprintf("the client reported success though S3 answered %s; %s", response(*last, a.Key), wrong)
	return []Violation{l.blameFor(v, last)}
}

// wrongDownload compares the delivered bytes with every state of the key.
func (l *Ledger) wrongDownload(a *Act) string {
	if a.Content == nil {
		return fmt.Sprintf("the client reported a download of %s/%s, but wrote no file", a.Bucket, a.Key)
	}
	history := l.History(a.Bucket, a.Key)
	var had []string
	for _, v := range history {
		if v.Deleted {
			continue
		}
		if bytes.Equal(a.Range.Of(v.Content), a.Content) {
			return ""
		}
		had = append(had, evidence.Bytes(a.Range.Of(v.Content)))
	}
	if len(had) == 0 {
		return fmt.Sprintf("%s/%s was read as %s, but never was there", a.Bucket, a.Key, evidence.Bytes(a.Content))
	}
	return fmt.Sprintf("%s/%s was read as %s, but only ever held %s",
		a.Bucket, a.Key, evidence.Bytes(a.Content), strings.Join(had, ", "))
}

// wrongExists checks that the key existed, or was missing, at some time as the client reported.
func (l *Ledger) wrongExists(a *Act) string {
	history := l.History(a.Bucket, a.Key)
	there := slices.ContainsFunc(history, func(v Value) bool { return !v.Deleted })
	missing := !l.Seeded(a.Bucket, a.Key) || slices.ContainsFunc(history, func(v Value) bool { return v.Deleted })
	switch {
	case a.Found && !there:
		return fmt.Sprintf("the client reported that %s/%s exists, but it never existed", a.Bucket, a.Key)
	case !a.Found && !missing:
		return fmt.Sprintf("the client reported that %s/%s is missing, but it always existed", a.Bucket, a.Key)
	}
	return ""
}

// wrongStat checks that the object had the reported size at some time.
func (l *Ledger) wrongStat(a *Act) string {
	var had []string
	for _, v := range l.History(a.Bucket, a.Key) {
		switch {
		case v.Deleted:
		case int64(len(v.Content)) == a.Size:
			return ""
		default:
			had = append(had, fmt.Sprint(len(v.Content)))
		}
	}
	if len(had) == 0 {
		return fmt.Sprintf("%s/%s is said to have %d bytes, but never was there", a.Bucket, a.Key, a.Size)
	}
	return fmt.Sprintf("%s/%s is said to have %d bytes, but only ever had %s",
		a.Bucket, a.Key, a.Size, strings.Join(had, ", "))
}

// wrongList checks each listed key, and that every key that always existed is in the list.
func (l *Ledger) wrongList(a *Act) string {
	known := l.Keys(a.Bucket)
	for _, key := range a.Keys {
		if !slices.Contains(known, key) {
			return fmt.Sprintf("the list of %s holds %s, which never was there", a.Bucket, key)
		}
		if !strings.HasPrefix(key, a.Prefix) {
			return fmt.Sprintf("the list of %s below %q holds %s", a.Bucket, a.Prefix, key)
		}
	}
	for i, key := range a.Keys {
		if slices.Contains(a.Keys[:i], key) {
			return fmt.Sprintf("the list of %s holds %s twice", a.Bucket, key)
		}
	}
	for _, key := range known {
		always := l.Seeded(a.Bucket, key) && len(l.History(a.Bucket, key)) == 1
		if always && strings.HasPrefix(key, a.Prefix) && !slices.Contains(a.Keys, key) {
			return fmt.Sprintf("the list of %s lacks %s, which always existed", a.Bucket, key)
		}
	}
	return ""
}
