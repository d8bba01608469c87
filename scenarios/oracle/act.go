package oracle

import (
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An Act is one operation: what a step asked of S3 and was told, or what a program was meant to do.
// It is all that the oracle takes from the client: what it acknowledged, and which bytes it
// delivered. The acts of a program share its exit status: they are acknowledged if it is 0.
type Act struct {
	Step string // empty for an intent of a program
	Line int
	// "upload", "upload_stream", "download", "list", "delete", "delete_many", "copy", "exists" or
	// "stat"; of an intent also "keep" and "remove", which deletes a file
	Operation   string
	Bucket, Key string // as S3 knows them, the client's prefix included
	Start, End  time.Duration
	Done        bool
	Err         error

	Content []byte        // of an upload: to be stored; of a download: delivered, nil without a file
	Range   *script.Range // of a download
	Source  *Source       // of copy
	Size    int64         // of stat
	Found   bool          // of exists
	Keys    []string      // of list, with the client's prefix
	Prefix  string        // of list, with the client's prefix
	Reports []int64       // bytes told to the progress callback, in order

	File *File // of an intent to read, keep or remove a file
	From *Act  // of a move: the deletion or the removal of its source
}

// A File is a file of the work directory; nil stands for no file.
type File struct {
	Path          string
	Before, After []byte
}

// A Source is the object that a copy reads: as it was at the copy's beginning, or later.
type Source struct {
	Bucket, Key string
	First       int // index, in the key's history, of the state at the copy's beginning
}

// Acknowledged reports whether the client reported success.
func (a *Act) Acknowledged() bool { return a.Done && a.Err == nil }

func (a *Act) writes() bool {
	switch a.Operation {
	case "upload", "upload_stream", "delete", "delete_many", "copy":
		return true
	}
	return false
}

func (a *Act) deletes() bool { return a.Operation == "delete" || a.Operation == "delete_many" }

// wanted are the values that a write may store: one, but for a copy whose source changes meanwhile.
func (l *Ledger) wanted(a *Act) []Value {
	if a.Source == nil {
		return []Value{{Deleted: a.deletes(), Content: a.Content}}
	}
	history := l.History(a.Source.Bucket, a.Source.Key)
	var values []Value
	for _, v := range history[min(a.Source.First, len(history)):] {
		if !v.Deleted {
			values = append(values, v)
		}
	}
	return values
}

// wants reports whether a write may store v.
func (l *Ledger) wants(a *Act, v Value) bool {
	return slices.ContainsFunc(l.wanted(a), func(w Value) bool { return same(w, v) })
}

// wantedText is what a write wanted to store, for a report.
func (l *Ledger) wantedText(a *Act) string {
	values := l.wanted(a)
	if len(values) == 0 {
		return "a copy of nothing"
	}
	return values[0].String()
}

// place names what the act is about: a bucket, an object or a file.
func (a *Act) place() string {
	switch {
	case a.Bucket == "" && a.File != nil:
		return a.File.Path
	case a.Key == "":
		return a.Bucket
	}
	return a.Bucket + "/" + a.Key
}

// has reports whether a record belongs to the act: by its step, or, for an intent, by what the
// request is for.
func (a *Act) has(r faultproxy.Record) bool {
	switch {
	case a.Step != "":
		return evidence.Within(r.Step, a.Step)
	case r.Bucket != a.Bucket:
		return false
	case a.Operation == "list":
		return strings.HasPrefix(r.Operation, "ListObject")
	case !about(r, a.Bucket, a.Key):
		return false
	case a.Operation == "keep":
		return true
	}
	reads := r.Method == "GET" || r.Method == "HEAD"
	return reads != a.writes()
}

// records are those of the act.
func (l *Ledger) records(a *Act) []faultproxy.Record {
	var own []faultproxy.Record
	for _, r := range l.Records {
		if a.has(r) {
			own = append(own, r)
		}
	}
	return own
}

// before says whether a surely took effect before b began. A write that was not acknowledged may
// take effect at any later time.
func (l *Ledger) before(a, b *Act) bool {
	return a.Acknowledged() && (a.End < b.Start || l.Order.inTurn(a.Step, b.Step))
}
