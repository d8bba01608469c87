package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// A report says the same as the exit code: a failure of level should, or a known one, does not make
// a CI system red.
func TestAFailureThatDoesNotFailTheRunDoesNotFailItsReport(t *testing.T) {
	known := *results()[1]
	known.ID, known.Known = "x/known", &scenarios.KnownFailure{Reason: "#7\nsecond line"}
	should := *results()[1]
	should.ID, should.Level = "x/should", "should"
	list := []*scenarios.Result{&known, &should}
	require.Zero(t, scenarios.ExitCode(list))

	tap := string(written(t, "tap", report.Options{}, list))
	require.Regexp(t, `(?m)^not ok 1 - x/known: .* # TODO known: #7 second line$`, tap)
	require.Regexp(t, `(?m)^not ok 2 - x/should: .* # TODO level should: reported only$`, tap)

	document := string(written(t, "junit", report.Options{}, list))
	require.Contains(t, document, `tests="2" failures="0" errors="0" skipped="0"`)
	require.NotContains(t, document, "<failure")
	require.Contains(t, document, "fail, level should: reported only&#xA;attempts: expected 2, got 3")

	github := string(written(t, "github", report.Options{}, list))
	require.NotContains(t, github, "::error")
	require.Contains(t, github, "::warning file=")

	text := string(written(t, "text", report.Options{}, list))
	require.NotContains(t, text, "FAIL")
	require.Regexp(t, `(?m)^known +x/known \(builtin\): attempts`, text)
	require.Regexp(t, `(?m)^warn +x/should \(builtin\): attempts`, text)
}
