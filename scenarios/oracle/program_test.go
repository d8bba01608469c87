package oracle

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// files is a file before and after a drill; "-" stands for no file.
func files(before, after string) *File {
	content := func(text string) []byte {
		if text == "-" {
			return nil
		}
		return []byte(text)
	}
	return &File{Path: "f", Before: content(before), After: content(after)}
}

// TestIntentsOfAProgram gives each law of an intent a program that breaks it, and one that does
// not.
func TestIntentsOfAProgram(t *testing.T) {
	upload := &Act{Operation: "upload", Bucket: "b", Key: "k", Content: []byte("new")}
	remove := &Act{Operation: "delete", Bucket: "b", Key: "k"}
	read := func(f *File) *Act {
		return &Act{Operation: "download", Bucket: "b", Key: "k", File: f, Content: f.After}
	}
	source := &Act{Operation: "delete", Bucket: "b", Key: "src"}
	move := &Act{Operation: "upload", Bucket: "b", Key: "k", Content: []byte("new"), From: source}
	keep := &Act{Operation: "keep", Bucket: "b", Key: "k"}
	list := func(keys ...string) *Act { return &Act{Operation: "list", Bucket: "b", Keys: keys} }

	for _, c := range []struct {
		name    string
		acts    []*Act
		history string // of k, the seeded state first; "-": deleted; "": never there
		source  string // of src, likewise
		failed  bool
		kinds   string
	}{
		{"written", []*Act{upload}, "old new", "", false, ""},
		{"not written", []*Act{upload}, "old", "", false, "lost-write"},
		{"not written, and it says so", []*Act{upload}, "old", "", true, ""},
		{"half written", []*Act{upload}, "old ne", "", true, "torn-object"},
		{"the old object is gone", []*Act{upload}, "old -", "", true, "destroyed"},
		{"the old object is gone, and it says all is well", []*Act{upload}, "old -", "", false, "destroyed"},
		{"deleted first, then written", []*Act{upload}, "old - new", "", false, ""},
		{"written, though it failed", []*Act{upload}, "old new", "", true, "false-failure"},
		{"deleted", []*Act{remove}, "old -", "", false, ""},
		{"not deleted", []*Act{remove}, "old", "", false, "lost-write"},
		{"deleted, though it failed", []*Act{remove}, "old -", "", true, "false-failure"},
		{"read", []*Act{read(files("-", "old"))}, "old", "", false, ""},
		{"read as something else", []*Act{read(files("-", "odd"))}, "old", "", false, "wrong-read"},
		{"not read", []*Act{read(files("-", "-"))}, "old", "", false, "wrong-read"},
		{"the file of another day", []*Act{read(files("yesterday", "yesterday"))}, "old", "", false, "wrong-read"},
		{"half read, and it says so", []*Act{read(files("-", "ol"))}, "old", "", true, "torn-file"},
		{"the old file is cut", []*Act{read(files("yesterday", ""))}, "old", "", true, "torn-file"},
		{"the old file stays", []*Act{read(files("yesterday", "yesterday"))}, "old", "", true, ""},
		{"the old file is gone", []*Act{read(files("yesterday", "-"))}, "old", "", true, "destroyed"},
		{"read, though it failed", []*Act{read(files("-", "old"))}, "old", "", true, "false-failure"},
		{"moved", []*Act{move, source}, "- new", "new -", false, ""},
		{"moved to nowhere", []*Act{move, source}, "-", "new -", false, "destroyed"},
		{"moved to nowhere, and it says so", []*Act{move, source}, "-", "new -", true, "destroyed"},
		{"not moved", []*Act{move, source}, "-", "new", true, ""},
		{"copied only", []*Act{move, source}, "- new", "new", false, "lost-write"},
		{"kept", []*Act{keep}, "old", "", false, ""},
		{"not kept", []*Act{keep}, "old -", "", true, "destroyed"},
		{"changed, and to be kept", []*Act{keep}, "old new", "", false, "destroyed"},
		{"a file kept", []*Act{{Operation: "keep", File: files("a", "a")}}, "", "", true, ""},
		{"a file not kept", []*Act{{Operation: "keep", File: files("a", "b")}}, "", "", true, "destroyed"},
		{"a file not removed", []*Act{{Operation: "remove", File: files("a", "a")}}, "", "", false, "lost-write"},
		{"listed", []*Act{list("k")}, "old", "", false, ""},
		{"half listed", []*Act{list()}, "old", "", false, "wrong-read"},
		{"half listed, and it says so", []*Act{list()}, "old", "", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			histories := map[string]string{"k": c.history, "src": c.source}
			l := &Ledger{
				Opaque: true, ExitedOK: !c.failed,
				Keys: func(string) []string { return []string{"k"} },
				Seeded: func(_, key string) int {
					if histories[key] == "" || strings.HasPrefix(histories[key], "-") {
						return 0
					}
					return 1
				},
				History: func(_, key string) (values []Value) {
					for text := range strings.FieldsSeq(histories[key]) {
						values = append(values, Value{Deleted: text == "-", Content: []byte(text)})
					}
					return values
				},
				Uploads: func(string) []string { return nil },
			}
			for _, a := range c.acts {
				act := *a
				act.Done = true
				if c.failed {
					act.Err = errors.New("exit code 1")
				}
				l.Acts = append(l.Acts, &act)
			}
			var kinds []string
			for _, v := range l.Judge() {
				kinds = append(kinds, string(v.Kind))
				require.Equal(t, v.Kind == script.FalseFailure, v.Severity == Note, v.Got)
			}
			require.Equal(t, strings.Fields(c.kinds), append([]string{}, kinds...))
		})
	}
}

// A program whose last words all met a fault cannot know what took effect.
func TestNoFalseFailureWithoutAWayToKnow(t *testing.T) {
	put := faultproxy.Record{Operation: "PutObject", Bucket: "b", Key: "k", Committed: true, Fault: "reset_peer: {}"}
	look := faultproxy.Record{Operation: "HeadObject", Bucket: "b", Key: "k", Fault: "reset_peer: {}"}
	seen := faultproxy.Record{Operation: "HeadObject", Bucket: "b", Key: "k", Status: 200}
	for _, c := range []struct {
		records []faultproxy.Record
		found   bool
	}{
		{[]faultproxy.Record{put}, true},
		{[]faultproxy.Record{put, look}, false},
		{[]faultproxy.Record{put, look, seen}, true},
	} {
		l := &Ledger{
			Opaque: true, Records: c.records, Acts: []*Act{{
				Operation: "upload", Bucket: "b", Key: "k", Content: []byte("new"), Done: true,
				Err: errors.New("exit code 1"),
			}},
			Seeded:  func(string, string) int { return 0 },
			History: func(string, string) []Value { return []Value{{Content: []byte("new")}} },
		}
		require.Equal(t, c.found, len(l.Judge()) == 1, c.records)
	}
}

// What a program does not do because a list lied is a note, if the list had S3's shape.
func TestALieOfAListIsTheReasonForWhatItHides(t *testing.T) {
	list := faultproxy.Record{Operation: "ListObjectsV2", Bucket: "b", Status: 200, Method: "GET"}
	for fault, severity := range map[string]Severity{
		"stale: {age: 1m}":       Note,
		"respond: {status: 200}": Fail, // a list without a list
		"":                       Fail,
	} {
		list.Fault = fault
		l := &Ledger{
			Opaque: true, ExitedOK: true, Records: []faultproxy.Record{list},
			Acts:    []*Act{{Operation: "delete", Bucket: "b", Key: "k", Done: true}},
			Seeded:  func(string, string) int { return 1 },
			History: func(string, string) []Value { return []Value{{Content: []byte("old")}} },
		}
		found := l.Judge()
		require.Len(t, found, 1)
		require.Equal(t, script.LostWrite, found[0].Kind)
		require.Equal(t, severity, found[0].Severity, fault)
	}
}
