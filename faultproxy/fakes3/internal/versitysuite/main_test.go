package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerdictOfOutput(t *testing.T) {
	cases := map[string]struct {
		out     string
		err     error
		verdict string
	}{
		"passed":        {"RUN  A\nPASS A\n", nil, "pass"},
		"wording":       {"RUN  A\nFAIL A: expected error message to be x, instead got y\n", nil, "worded"},
		"wrong code":    {"RUN  A\nFAIL A: expected error code to be x, instead got y\n", nil, "fail"},
		"panicked":      {"RUN  A\npanic: runtime error: nil\n", errors.New("exit status 2"), "fail"},
		"did not run":   {"", nil, "fail"},
		"passed half":   {"PASS A\nFAIL A: could not remove the bucket\n", nil, "fail"},
		"program fails": {"", errors.New("exit status 1"), "fail"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			verdict, complaint := verdictOf(c.out, c.err)
			require.Equal(t, c.verdict, verdict)
			require.Equal(t, verdict == "pass", complaint == "")
		})
	}
}

func TestVersioningRunsByNameOnly(t *testing.T) {
	all := (&suite{}).chosen(list)
	require.NotEmpty(t, all)
	for _, one := range all {
		require.NotEqual(t, "Versioning", one.group)
	}
	some := (&suite{only: "Versioning,HeadBucket"}).chosen(list)
	require.Equal(t, "HeadBucket", some[0].group)
	require.Equal(t, "Versioning", some[len(some)-1].group)
}

func TestReportCountsWordingAsPassed(t *testing.T) {
	tests := []*test{
		{group: "A", name: "a", verdict: "pass"},
		{group: "A", name: "b", verdict: "worded", complaint: "the words"},
		{group: "A", name: "c", verdict: "fail", known: difference{"S3", "on purpose", "a page"}},
		{group: "A", name: "d", verdict: "fail", complaint: "no reason"},
		{group: "A", name: "e", verdict: "pass", known: difference{"open", "no longer", ""}},
	}
	var out strings.Builder
	require.Equal(t, 3, report(&out, tests))
	require.Contains(t, out.String(), "| all | 5 | 2 | 1 | 1 | 1 | 60 % | 75 % |")
	require.Contains(t, out.String(), "| on purpose | a page | c |")
	require.Contains(t, out.String(), "fail A d: no reason\n")
	require.Contains(t, out.String(), "stale A e: ")
}

func TestEachDifferenceHasATestAReasonAndASource(t *testing.T) {
	all := (&suite{}).chosen(list)
	explain(all, differences)
	explained := 0
	for _, one := range all {
		if one.known.reason != "" {
			explained++
			require.Contains(t, []string{"S3", "users", "unserved", "open"}, one.known.kind, one.name)
			require.True(t, !one.known.foreign() || one.known.source != "", one.name)
		}
	}
	rows := 0
	for line := range strings.Lines(differences) {
		if !strings.HasPrefix(line, "#") {
			rows++
		}
	}
	require.Equal(t, rows, explained)
}
