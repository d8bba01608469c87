package oracle

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A write takes the seconds from start to end; lost: it was not acknowledged.
type write struct {
	content    string // "-": a deletion
	start, end int
	lost       bool
}

// TestOracleKnowsWhatConcurrencyAllows: the outcome of a key whose writes overlap may be any of
// theirs, and an unacknowledged write may take effect at any time, or never, but never in part.
func TestOracleKnowsWhatConcurrencyAllows(t *testing.T) {
	for _, c := range []struct {
		name    string
		writes  []write
		history []string // the first is seeded; "-": deleted
		finding script.Finding
	}{
		{"one write", []write{{"new", 1, 2, false}}, []string{"old", "new"}, ""},
		{"a write that never came", []write{{"new", 1, 2, false}}, []string{"old"}, script.LostWrite},
		{"a write cut short", []write{{"new", 1, 2, false}}, []string{"old", "ne"}, script.LostWrite},
		{
			"the first of two at once may win",
			[]write{{"x", 1, 5, false}, {"y", 2, 4, false}},
			[]string{"old", "y", "x"},
			"",
		},
		{"the second may win", []write{{"x", 1, 5, false}, {"y", 2, 4, false}}, []string{"old", "x", "y"}, ""},
		{
			"neither may lose to what was before",
			[]write{{"x", 1, 5, false}, {"y", 2, 4, false}},
			[]string{"old"},
			script.LostWrite,
		},
		{
			"one after the other: the later wins",
			[]write{{"x", 1, 2, false}, {"y", 3, 4, false}},
			[]string{"old", "x", "y"},
			"",
		},
		{
			"the earlier must not come back",
			[]write{{"x", 1, 2, false}, {"y", 3, 4, false}},
			[]string{"old", "y", "x"},
			script.LostWrite,
		},
		{"a failed write may have happened", []write{{"x", 1, 2, true}}, []string{"old", "x"}, ""},
		{"a failed write may not have happened", []write{{"x", 1, 2, true}}, []string{"old"}, ""},
		{
			"a failed write must not be half there",
			[]write{{"whole", 1, 2, true}},
			[]string{"old", "who"},
			script.TornObject,
		},
		{"nor be so for a while", []write{{"whole", 1, 2, false}}, []string{"old", "who", "whole"}, script.TornObject},
		{"a failed write may come late", []write{{"x", 1, 2, true}, {"y", 3, 4, false}}, []string{"old", "y", "x"}, ""},
		{
			"a failed write excuses nothing else",
			[]write{{"x", 1, 2, true}, {"y", 3, 4, false}},
			[]string{"old"},
			script.LostWrite,
		},
		{"a deletion", []write{{"-", 1, 2, false}}, []string{"old", "-"}, ""},
		{"a deletion that did not happen", []write{{"-", 1, 2, false}}, []string{"old"}, script.LostWrite},
		{"a deletion beside a write", []write{{"-", 1, 3, false}, {"x", 2, 4, false}}, []string{"old", "x", "-"}, ""},
		{"a write undone without a request", []write{{"x", 1, 2, false}}, []string{"old", "x", "-"}, script.LostWrite},
		{"bytes that no step wrote", nil, []string{"old", "other"}, script.TornObject},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Ledger{
				Buckets: []string{"b"},
				Keys:    func(string) []string { return []string{"k"} },
				Seeded:  func(string, string) int { return 1 },
				Uploads: func(string) []string { return nil },
				History: func(string, string) []Value {
					var values []Value
					for _, text := range c.history {
						values = append(values, Value{Deleted: text == "-", Content: []byte(text)})
					}
					return values
				},
			}
			for _, w := range c.writes {
				a := &Act{
					Operation: "upload", Bucket: "b", Key: "k", Start: seconds(w.start), End: seconds(w.end),
					Done: true, Content: []byte(w.content),
				}
				if w.content == "-" {
					a.Operation = "delete"
				}
				if w.lost {
					a.Err = errors.New("the answer was lost")
				}
				l.Acts = append(l.Acts, a)
			}
			found := l.Judge()
			if c.finding == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, c.finding, found[0].Kind, found[0].Got)
		})
	}
}

// A client whose upload fails may remove what it has stored, if the key had no object before.
func TestFailedWriteMayRemoveWhatItStored(t *testing.T) {
	for seeded, want := range []script.Finding{"", script.TornObject} {
		history := []Value{{Content: []byte("old")}, {Content: []byte("new")}, {Deleted: true}}[1-seeded:]
		l := &Ledger{
			Buckets: []string{"b"},
			Keys:    func(string) []string { return []string{"k"} },
			Seeded:  func(string, string) int { return seeded },
			Uploads: func(string) []string { return nil },
			History: func(string, string) []Value { return history },
			Acts: []*Act{{
				Operation: "upload", Bucket: "b", Key: "k", Start: seconds(1), End: seconds(2), Done: true,
				Content: []byte("new"), Err: errors.New("the sizes differ"),
			}},
		}
		found := l.Judge()
		if want == "" {
			require.Empty(t, found)
			continue
		}
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].Kind, found[0].Got)
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
