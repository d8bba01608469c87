package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

func TestTextFitsTheTerminal(t *testing.T) {
	words := func(b []byte) []string { return strings.Fields(string(b)) }
	whole := written(t, "text", report.Options{}, results())
	for _, width := range []int{60, 80, 200} {
		got := written(t, "text", report.Options{Width: width}, results())
		require.Equal(t, words(whole), words(got), "no word is cut or lost")
		for line := range strings.Lines(string(got)) {
			line = strings.TrimRight(line, "\n")
			if len(strings.Fields(line)) > 1 {
				require.LessOrEqual(t, utf8.RuneCountInString(line), width, "%q", line)
			}
		}
	}
	colored := written(t, "text", report.Options{Width: 60, Color: true}, results())
	plain := bytes.Count(written(t, "text", report.Options{Width: 60}, results()), []byte("\n"))
	require.Equal(t, plain, bytes.Count(colored, []byte("\n")), "a colour takes no column")
}

func TestFailuresAreShownAgainByDrill(t *testing.T) {
	var list []*scenarios.Result
	for seed := uint64(1); seed <= 20; seed++ {
		r := &scenarios.Result{ID: "d", Name: "d", Client: "sdk", Seed: seed, Verdict: scenarios.Pass}
		if seed == 3 || seed == 17 {
			r.Verdict = scenarios.Fail
			r.Reasons = []scenarios.Reason{{Kind: "attempts", Expected: "2", Got: fmt.Sprint(seed)}}
		}
		list = append(list, r)
	}
	got := string(written(t, "text", report.Options{Run: report.Header{Seeds: "1..20"}}, list))
	require.True(t, strings.HasSuffix(got, "FAIL     d (sdk) at seeds 3, 17 of 1..20: attempts: expected 2, got 3\n\n"+
		"20 drills: 18 pass, 2 fail\n"), got)
}
