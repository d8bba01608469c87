package oracle

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An Act is one operation: a step of a scenario with the result that the client reported, or an
// intent of a program. The oracle takes nothing else from the client: only whether it reported
// success, and what it delivered. All acts of a program are acknowledged if its exit status is 0.
type Act struct {
	Step string // empty for an intent of a program
	Line int
	// "upload", "upload_stream", "download", "download_dir", "get", "list", "delete",
	// "delete_many", "copy", "exists" or "stat". A presigned request is the "get" or "upload" that
	// it asks for. An intent may also be "keep", or "remove", which deletes a file.
	Operation   string
	Bucket, Key string // as S3 knows them, with the client's prefix
	Start, End  time.Duration
	// Since and Until are the numbers of commits that the fake S3 had made when the act started and
	// when it ended. Unlike the times, they order events of one instant of virtual time.
	Since, Until int64
	Done         bool
	Err          error

	Condition               // of a write
	Content   []byte        // the bytes to store, or the delivered bytes: nil if there is no file
	Later     [][]byte      // of an upload: other whole contents that its file had meanwhile
	Range     *script.Range // of a download, or of a stat of one part
	Version   int           // of a read or a deletion: the version that it names, from the oldest, which is 1; 0: none
	Stored    *Stored       // of an upload: what S3 must keep besides the content; nil: anything
	Resumable bool          // of an upload: the client has kept a file by which another goes on with it
	Source    *Source       // of copy
	Size      int64         // of stat
	Found     bool          // of exists
	Keys      []string      // of list, with the client's prefix
	Prefix    string        // of list, with the client's prefix
	// Delimiter, StartAfter and Versions are the options of a list. StartAfter has the client's
	// prefix.
	Delimiter, StartAfter string
	Versions              bool

	Reporting bool    // the client was given a progress callback
	Reports   []int64 // byte counts that the progress callback received, in order

	// Shared says that the step has several acts, each about a key or a file of its own.
	Shared bool
	Moves  bool // of a copy in a step: the client then deletes the source

	// File is that of an act that reads, keeps or removes a file. In a step about one file it is
	// nil, unless the step is a download that failed.
	File *File
	From *Act // of a move: the act that deletes or removes its source
}

// A Condition is the precondition of a write. The zero Condition always holds.
type Condition struct {
	IfNoneMatch string // "*": no object has the key
	IfMatch     string // an ETag: the object has it
}

// A File is a file of the work directory with its content before and after the program ran. A nil
// content means that the file did not exist.
type File struct {
	Path          string
	Before, After []byte
}

// A Source is the object that a copy reads. The copy may store any state that the object was in
// from the start of the copy on: S3 may handle a repeated request late.
type Source struct {
	Bucket, Key string
	Version     int    // the version to copy, from the oldest, which is 1; 0: the current one
	IfMatch     string // the ETag that the source must have; empty: any
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

// wanted returns the values that a write may store. There is one value, except for a copy whose
// source changes while the copy runs.
func (l *Ledger) wanted(a *Act) []Value {
	if a.Source == nil {
		values := []Value{{Deleted: a.deletes(), Content: a.Content}}
		for _, content := range a.Later {
			values = append(values, Value{Content: content})
		}
		return values
	}
	states := l.between(a.Since, math.MaxInt64, a.Source.Bucket, a.Source.Key)
	if n := a.Source.Version; n > 0 {
		states = l.versions(a.Source.Bucket, a.Source.Key)[n-1 : n]
	}
	var values []Value
	for _, v := range states {
		if !v.Deleted && (a.Source.IfMatch == "" || a.Source.IfMatch == v.ETag) {
			values = append(values, v)
		}
	}
	return values
}

// wants reports whether a write may store v.
func (l *Ledger) wants(a *Act, v Value) bool {
	return slices.ContainsFunc(l.wanted(a), func(w Value) bool { return same(w, v) })
}

// wantedText formats for a report what a write wanted to store.
func (l *Ledger) wantedText(a *Act) string {
	values := l.wanted(a)
	if len(values) == 0 {
		return "a copy of a missing object"
	}
	return values[0].String()
}

// place returns the name of the bucket, the object or the file that the act is about.
func (a *Act) place() string {
	switch {
	case a.Bucket == "" && a.File != nil:
		return a.File.Path
	case a.Key == "":
		return a.Bucket
	}
	return a.Bucket + "/" + a.Key
}

// has reports whether a record belongs to the act. A step owns the records with its id. An intent
// owns the requests that name its key and read or write as it does.
func (a *Act) has(r faultproxy.Record) bool {
	switch {
	case a.Step != "":
		return evidence.Within(r.Step, a.Step) && a.shares(r)
	case r.Bucket != a.Bucket:
		return false
	case a.Operation == "list":
		return strings.HasPrefix(r.Operation, "ListObject")
	case !evidence.About(r, a.Bucket, a.Key):
		return false
	case a.Operation == "keep":
		return true
	}
	reads := r.Method == "GET" || r.Method == "HEAD"
	return reads != a.writes()
}

// shares reports whether a record of the act's step is about the act, and not only about another
// act of the step.
func (a *Act) shares(r faultproxy.Record) bool {
	return !a.Shared || a.Bucket == "" || evidence.About(r, a.Bucket, a.Key)
}

// records returns the records that belong to the act.
func (l *Ledger) records(a *Act) []faultproxy.Record {
	var own []faultproxy.Record
	l.eachRecord(a, func(r *faultproxy.Record) { own = append(own, *r) })
	return own
}

// before reports whether a certainly took effect before b began. That is not certain for a write
// that was not acknowledged: it may take effect at any later time.
func (l *Ledger) before(a, b *Act) bool {
	return a.Acknowledged() && (a.End < b.Start || l.Order.inTurn(a.Step, b.Step))
}
