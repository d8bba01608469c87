package found_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const long = `version: 1
name: long
objects: [{bucket: demo, key: a.bin, size: 64KiB}, {bucket: demo, key: b.bin, size: 1KiB}]
client: {sdk: {max_attempts: 3}}
steps:
  - list: {bucket: demo}
  - download: {bucket: demo, key: a.bin, range: 0-999}
faults:
  - {match: {operation: ListObjectsV2}, times: 1, latency: {delay: 1s}}
  - {match: {operation: GetObject}, times: 1, close_early: {after_bytes: 50%, close_delimited: true}}
`

// first returns a script, its player and what the player finds first.
func first(t *testing.T) (*script.Scenario, *hunt.Player, *hunt.Finding) {
	t.Helper()
	s, err := script.Parse("long.yaml", []byte(long))
	require.NoError(t, err)
	p := &hunt.Player{}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Find(t.Context(), s)
	require.NotEmpty(t, o.Findings)
	return s, p, &o.Findings[0]
}

func TestSmallestScriptStatesItsFindingAndPasses(t *testing.T) {
	s, p, finding := first(t)
	plays := 0
	f := &found.Finder{Player: p, Builtin: p, Played: func() { plays++ }}
	is, small, err := f.Smallest(t.Context(), s, finding)
	require.NoError(t, err)
	require.Len(t, small.Steps, 1)
	require.Len(t, small.Faults, 1)
	require.True(t, is.Whole)
	var names found.Names
	is.Name = names.Of(is.Coarse())
	require.Equal(t, "wrong-read-getobject-close-early", is.Name)
	require.Equal(t, is.Name+"-2", names.Of(is.Coarse()))
	require.NoError(t, f.State(t.Context(), is, small))
	require.Empty(t, is.Note)
	require.Contains(t, is.Script, "violates: [wrong-read]")
	require.Contains(t, is.Script, "# The client builtin has it too")
	require.Equal(t, is.Drills+3, plays, "the plays that shrank it, the one that told it, and two of State")

	dir := t.TempDir()
	require.NoError(t, found.Write(dir, []*found.Found{is}))
	require.Equal(t, "chaos run "+is.File, is.Replay())
	read, err := script.Load(is.File)
	require.NoError(t, err)
	require.Equal(t, scenarios.Pass, scenarios.Run(t.Context(), read, scenarios.Options{}).Verdict)
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	require.Len(t, tests, 1)
}

func TestFindingThatDoesNotComeAgainIsAnError(t *testing.T) {
	s, p, finding := first(t)
	finding.Kind = hunt.Endless
	_, _, err := (&found.Finder{Player: p}).Smallest(t.Context(), s, finding)
	require.ErrorIs(t, err, shrink.ErrNotShown)
}

func TestFileOfAForeignClientNamesIt(t *testing.T) {
	s, p, finding := first(t)
	text, err := s.Marshal()
	require.NoError(t, err)
	is := found.AsItIs(finding, []hunt.Finding{*finding}, text, nil)
	is.Name = "flaw"
	require.NoError(t, (&found.Finder{Player: p, Foreign: "rclone"}).State(t.Context(), is, s))
	require.NoError(t, found.Write(t.TempDir(), []*found.Found{is}))
	require.Equal(t, is.File+": play it with --client rclone", is.Replay())
	written, err := os.ReadFile(is.File)
	require.NoError(t, err)
	require.Contains(t, string(written), "name: flaw\n")
}

func TestReplaceLineReplacesWholeValues(t *testing.T) {
	const text = "name: old\nfaults:\n  - {a: b}\n  - {c: d}\nseed: 2\n"
	require.Equal(t, "name: new\nfaults:\n  - {a: b}\n  - {c: d}\nseed: 2\n",
		string(found.ReplaceLine([]byte(text), "name", "new")))
	require.Equal(t, "name: old\nfaults:\n  - {e: f}\nseed: 2\n",
		string(found.ReplaceLine([]byte(text), "faults", "  - {e: f}")))
	require.Equal(t, text+"expect: {}\n", string(found.ReplaceLine([]byte(text), "expect", "{}")))
}
