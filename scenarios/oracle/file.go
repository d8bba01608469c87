package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// judgeFile judges the file of an act after its program or its step ended. After a success the file
// must hold the right bytes. After a failure it must be the old file or the whole new one.
func (l *Ledger) judgeFile(a *Act) []Violation {
	f := a.File
	switch {
	case a.Operation == "keep", f.Before != nil && f.After == nil && a.Operation != "remove":
		return nil // destroyed judges it
	case a.Acknowledged() && a.Operation == "remove":
		if f.After == nil || !l.judges(LawRemoved) {
			return nil
		}
		got := fmt.Sprintf("the program exited with 0, but %s is still there", f.Path)
		if a.Step != "" {
			got = fmt.Sprintf("the client reported success, but %s is still there", f.Path)
		}
		return []Violation{l.accused(script.LostWrite, a, got)}
	case a.Acknowledged():
		return l.judgeAnswer(a)
	case a.Operation == "remove", sameBytes(f.After, f.Before), l.held(a, f.After), !l.judges(LawFile):
		return nil
	}
	return []Violation{l.accused(script.TornFile, a, fmt.Sprintf("%s holds %s: neither the old file nor %s, whole",
		f.Path, evidence.Bytes(f.After), a.Bucket+"/"+a.Key))}
}

// held reports whether the range of a download ever had this content.
func (l *Ledger) held(a *Act, content []byte) bool {
	return content != nil && slices.ContainsFunc(l.shown(a.Bucket, a.Key), func(v Value) bool {
		return !v.Deleted && bytes.Equal(a.Range.Of(v.Content), content)
	})
}

// sameBytes reports whether two files have the same content. Nil means that there is no file, which
// differs from an empty file.
func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
