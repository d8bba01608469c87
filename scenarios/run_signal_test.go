package scenarios_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// slowly is a program that downloads an object, 20 ms for each KiB, with a signal.
const slowly = `objects: [{bucket: demo, key: a.bin, size: %s}]
client: {run: %q}
signal: %s
intent: [{reads: {bucket: demo, key: a.bin, to: out.bin}}]
faults: [{match: {operation: GetObject}, slicer: {size: 1KiB, delay: 20ms}}]
expect: %s
`

const fetch = "curl -s -o out.bin ${endpoint}/demo/a.bin"

func signalled(t *testing.T, size, run, signal, expect string) *scenarios.Result {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	return scenarios.Run(t.Context(), drill(t, fmt.Sprintf(slowly, size, run, signal, expect)), scenarios.Options{})
}

func TestSignalEndsTheProgramAndItsFilesAreJudged(t *testing.T) {
	t.Parallel()
	for signal, c := range map[string]struct {
		run, expect string
		verdict     scenarios.Verdict
		kinds       []string
	}{
		"{send: KILL, at: 400ms}": {fetch, "{exit_code: 137, violates: [torn-file]}", scenarios.Pass, nil},
		"{send: TERM, at: 400ms}": {fetch, "{outcome: failure}", scenarios.Fail, []string{"torn-file"}},
		"{send: KILL, at: 300ms}": {
			"curl -s -o new ${endpoint}/demo/a.bin && mv new out.bin", "{outcome: failure, exit_code: 137}",
			scenarios.Pass, nil,
		},
		"{send: INT, at: 300ms}": {
			"trap 'exit 9' INT; " + fetch, "{exit_code: 9, violates: [torn-file]}", scenarios.Pass, nil,
		},
		"{send: KILL, at: 200ms}": {
			"curl -s -o new ${endpoint}/demo/a.bin", "{}", scenarios.Fail, []string{"outcome"},
		},
	} {
		r := signalled(t, "256KiB", c.run, signal, c.expect)
		require.Equal(t, c.verdict, r.Verdict, "%s: %v\n%s", signal, r.Reasons, r.Stderr)
		require.Subset(t, kinds(r), c.kinds, "%s", signal)
		require.Len(t, r.Events, 1)
		require.True(t, r.Events[0].Happened, signal)
		require.GreaterOrEqual(t, r.Events[0].At, 200*time.Millisecond)
		require.Less(t, r.Elapsed, 5*time.Second, "the signal ends it")
	}
}

// The fault acts when the request arrives, because the signal may come before there is a response.
func TestSignalAfterSoManyRequests(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a.bin, size: 256KiB}]
client: {run: "curl -s ${endpoint}/demo/ >list; curl -s -o out.bin ${endpoint}/demo/a.bin"}
signal: {send: KILL, after_requests: 2}
faults: [{match: {operation: GetObject}, latency: {delay: 10s}}]
expect: {outcome: failure, attempts: 2}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, "signal KILL", r.Events[0].Text)
	require.Less(t, r.Elapsed, 5*time.Second, "the signal ends it")
}

func TestStoppedProgramGoesOnAfterCont(t *testing.T) {
	t.Parallel()
	r := signalled(t, "64KiB", "curl -s -o out.bin -r 0-9 ${endpoint}/demo/a.bin; "+fetch,
		"[{send: STOP, after_requests: 1}, {send: CONT, at: 1200ms}]", "{elapsed: {min: 2400ms}, attempts: 2}")
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Less(t, r.Events[0].At, 500*time.Millisecond)
	require.GreaterOrEqual(t, r.Events[1].At, 1200*time.Millisecond)
}

func TestSignalThatWasNotSentMakesTheDrillVacuous(t *testing.T) {
	t.Parallel()
	r := signalled(t, "16KiB", fetch, "{send: KILL, after_requests: 2}", "{exit_code: 0}")
	require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
	require.Equal(t, []string{"unfired"}, kinds(r))
	require.Equal(t, "signal KILL to happen", r.Reasons[0].Expected)
	require.Contains(t, r.Reasons[0].Got, "after 1 request at ")
}

// A program that is killed cannot abort its upload. One that gets TERM can.
func TestOpenUploadOfAKilledProgramIsANote(t *testing.T) {
	t.Parallel()
	const upload = `client: {run: "curl -s -X POST '${endpoint}/demo/k?uploads' -o id; sleep 30"}
buckets: [demo]
signal: {send: %s, at: 500ms}
expect: {outcome: failure}
`
	for signal, verdict := range map[string]scenarios.Verdict{"KILL": scenarios.Pass, "TERM": scenarios.Fail} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(upload, signal)), scenarios.Options{})
		require.Equal(t, verdict, r.Verdict, "%s: %v", signal, r.Reasons)
		found := append(r.Notes, r.Reasons...)
		require.Len(t, found, 1)
		require.Equal(t, "orphan-upload", found[0].Kind)
	}
}

func TestReportsShowSignals(t *testing.T) {
	r := &scenarios.Result{Name: "a drill", Verdict: scenarios.Pass, Events: []scenarios.Event{
		{Text: "signal STOP", Line: 3, Happened: true, At: 1500 * time.Millisecond}, {Text: "signal KILL", Line: 4},
	}}
	for format, want := range map[string][]string{
		"text":  {"1.5s: signal STOP", "never: signal KILL"},
		"junit": {"1.5s: signal STOP", "never: signal KILL"},
		"html":  {"1.5s: signal STOP", "never: signal KILL"},
		"json": {
			`{"event":"signal STOP","line":3,"at_ms":1500}`, `{"event":"signal KILL","line":4,"at_ms":null}`,
		},
	} {
		var out bytes.Buffer
		w, err := report.New(format, &out, report.Options{})
		require.NoError(t, err)
		require.NoError(t, w.Drill(r))
		require.NoError(t, w.Close())
		for _, line := range want {
			require.Contains(t, out.String(), line, format)
		}
	}
}
