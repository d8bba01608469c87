package report_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// A program that fails has usually said why: its last lines stand in every report that people read,
// and steer no terminal.
func TestAFailedProgramsLastWordsAreReported(t *testing.T) {
	r := &scenarios.Result{
		ID: "own", Name: "own", Client: "run", Clock: scenarios.Real, Verdict: scenarios.Fail,
		Stdout: "done\n", Stderr: "1\n2\n3\n4\n5\nno \x1b[31mendpoint\n",
	}
	for _, format := range []string{"text", "junit"} {
		var out bytes.Buffer
		w, err := report.New(format, &out, report.Options{})
		require.NoError(t, err)
		require.NoError(t, w.Drill(r))
		require.NoError(t, w.Close())
		require.Contains(t, out.String(), "stdout: done", format)
		require.Contains(t, out.String(), "stderr: 2", format)
		require.NotContains(t, out.String(), "stderr: 1", format)
		require.Contains(t, out.String(), "stderr: no ·[31mendpoint", format)
	}
	var page bytes.Buffer
	w, err := report.New("html", &page, report.Options{})
	require.NoError(t, err)
	require.NoError(t, w.Drill(r))
	require.NoError(t, w.Close())
	require.Contains(t, page.String(), "<h4>stdout</h4><pre>done</pre>")
	require.Contains(t, page.String(), "\n5\nno \\x1b[31mendpoint</pre>")
	r.Verdict = scenarios.Pass
	var out bytes.Buffer
	w, err = report.New("text", &out, report.Options{})
	require.NoError(t, err)
	require.NoError(t, w.Drill(r))
	require.NotContains(t, out.String(), "stdout:")
}
