package scenarios_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The retry engine reads seed 0 as "draw a seed". A drill reads it as a seed.
func TestSeedZeroGivesSameJournal(t *testing.T) {
	s := drill(t, `seed: 0
objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {max_attempts: 4, jitter: full}}}
steps: [{download: {bucket: demo, key: k}}]
faults: [{match: {operation: GetObject}, times: 3, respond: {status: 503}}]
expect: {waits: policy}
`)
	first := scenarios.Run(context.Background(), s, scenarios.Options{})
	again := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, first.Verdict, "%v", first.Reasons)
	require.Len(t, first.Waits, 3)
	require.Equal(t, first.Waits, again.Waits)
	require.Equal(t, first.JournalSHA256, again.JournalSHA256)
}

func TestHangNamesTheHangingStep(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		r := scenarios.Run(context.Background(), drill(t, `timeout: 1m
objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {attempt_timeout: 10m}}}
steps:
  - download: {bucket: demo, key: missing}
  - parallel:
      - download: {bucket: demo, key: missing}
      - download: {bucket: demo, key: k}
  - exists: {bucket: demo, key: k}
faults: [{match: {key: k}, timeout: {}}]
`), scenarios.Options{Client: client})
		require.Equal(t, scenarios.Fail, r.Verdict)
		require.Equal(t, "hang", r.Reasons[0].Kind)
		require.Equal(t, "2.2", r.Reasons[0].Step, client)
		require.Equal(t, 10, r.Reasons[0].Line)
	}
}

// An attempt without a connection ends when the client gives up the dial, not when its next attempt
// begins.
func TestWaitAfterConnectTimeoutStartsWhenTheDialEnds(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {attempt_timeout: 20s, jitter: none}}}
steps: [{download: {bucket: demo, key: k}}]
faults: [{match: {}, times: 2, connect_timeout: {}}]
expect: {attempts: 3, sends: 1, waits: [1s, 2s]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, "client_gone", r.Journal[0].Ended)
}

func TestProgramThatHidesALostWriteFails(t *testing.T) {
	for _, c := range []struct {
		name, run, fault string
		kinds            []string
	}{
		{
			"reset", "curl -s -T in.bin ${endpoint}/demo/x; exit 0", "reset_peer: {at: request_body, after_bytes: 100}",
			[]string{"lost-write"},
		},
		{"never answered", "curl -s -m 1 -T in.bin ${endpoint}/demo/x; exit 0", "timeout: {}", []string{"lost-write"}},
		{"it says so", "curl -s -T in.bin ${endpoint}/demo/x", "reset_peer: {at: request_body, after_bytes: 100}", nil},
		{
			"its answer was lost", "curl -s -T in.bin ${endpoint}/demo/x; exit 0",
			"after_upstream: true, reset_peer: {at: response_head}", nil,
		},
		{
			"tried again", "for i in 1 2; do curl -sf -T in.bin ${endpoint}/demo/x && exit 0; done",
			"reset_peer: {at: request_body, after_bytes: 100}", nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := scenarios.Run(context.Background(), drill(t, `requires: [curl]
buckets: [demo]
files: [{path: in.bin, size: 1KiB}]
client: {run: "`+c.run+`"}
faults: [{match: {operation: PutObject}, times: 1, `+c.fault+`}]
expect: {outcome: any}
`), scenarios.Options{})
			if r.Verdict == scenarios.Skip {
				t.Skip(r.Reasons)
			}
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
		})
	}
}

func TestStdoutExpectationReadsProgramOutput(t *testing.T) {
	for _, c := range []struct {
		name, run, expect string
		says              []string
		never             string
	}{
		{
			"the end of megabytes", `head -c 3000000 /dev/zero | tr '\0' x; echo THE END`,
			`{attempts: 0, stdout: {contains: xTHE END}}`, nil, "",
		},
		{
			"across the limit",
			`head -c 1048570 /dev/zero | tr '\0' x; echo; echo 0123456789; head -c 1048570 /dev/zero`,
			`{attempts: 0, stdout: {contains: "x\n0123456789"}}`, nil, "",
		},
		{
			"not in megabytes", `head -c 3000000 /dev/zero | tr '\0' x`, `{attempts: 0, stdout: {contains: nothing}}`,
			[]string{"3000000 bytes without it"},
			strings.Repeat("x", 1000),
		},
		{
			"control characters", `printf 'red \033[31m\007'; exit 1`,
			`{attempts: 0, outcome: any, stdout: {contains: blue}}`,
			[]string{`red \x1b[31m\a`},
			"\x1b",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scenarios.Run(context.Background(),
				drill(t, "client:\n  run: "+quote(c.run)+"\nexpect: "+c.expect+"\n"), scenarios.Options{})
			if len(c.says) == 0 {
				require.Equal(t, scenarios.Pass, r.Verdict)
				return
			}
			require.Equal(t, scenarios.Fail, r.Verdict)
			text := r.Reasons[0].String() + "\n" + strings.Join(r.Reasons[0].Evidence, "\n")
			require.NotContains(t, text, c.never)
			for _, says := range c.says {
				require.Contains(t, text, says)
			}
		})
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// A relative path names a program below the current directory of chaos, although the program runs
// in the work directory.
func TestRelativeProgramPathStartsAtTheCurrentDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tool"), []byte("#!/bin/sh\npwd\n"), 0o700))
	r := scenarios.Run(context.Background(), drill(t, "client: {run: [./tool]}\nexpect: {attempts: 0}\n"),
		scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.NotContains(t, r.Stdout, dir, "it runs in the work directory")
}

// A process that has ended is not left behind, even if its new parent has not collected it yet.
// This happens in a container without an init process.
func TestEndedProcessIsNotLeftBehind(t *testing.T) {
	r := scenarios.Run(context.Background(),
		drill(t, `client: {run: "(sleep 0.01 >/dev/null 2>&1 &); sleep 0.3"}`+"\nexpect: {attempts: 0}\n"),
		scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(context.Background(),
		drill(t, `client: {run: "sleep 300 >/dev/null 2>&1 &"}`+"\nexpect: {attempts: 0}\n"), scenarios.Options{})
	require.Equal(t, []string{"leak"}, kinds(r))
}

// Names in a report come from files, programs and servers. They must not control a terminal or look
// like a line of the report.
func TestReportEscapesControlCharacters(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: "a\e[31m\npass", content: x}]
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: "a\e[31m\npass"}
  - download: {bucket: demo, key: "b\e[31m\npass"}
expect: {attempts: 3, outcome: success}
`), scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	for _, g := range r.Groups {
		require.NotContains(t, g.Title(), "\n")
		require.NotContains(t, g.Title(), "\x1b")
	}
	for _, reason := range r.Reasons {
		require.NotContains(t, reason.Got, "\x1b")
		require.NotContains(t, strings.Join(reason.Evidence, ""), "\n")
		require.Contains(t, strings.Join(reason.Evidence, ""), `\x1b[31m\npass`)
	}
}

func TestDrillOfOneWaitPasses(t *testing.T) {
	r := scenarios.Run(context.Background(),
		drill(t, "timeout: 10s\nclient: {builtin: {}}\nsteps: [{wait: 9s}]\nexpect: {attempts: 0, elapsed: 9s}\n"),
		scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestBucketNamedLikeAnIPAddressIsRefused(t *testing.T) {
	_, err := scenarios.Parse("drill.yaml",
		[]byte("version: 1\nname: a drill\nbuckets: [127.0.0.1]\nclient: {run: 'true'}\n"))
	require.ErrorContains(t, err, `drill.yaml:3:11: buckets: "127.0.0.1" is not a valid bucket name`)
}

func TestProgramKilledBySignalHasExitCode128PlusSignal(t *testing.T) {
	r := scenarios.Run(context.Background(),
		drill(t, `client: {run: "kill -9 $$"}`+"\nexpect: {attempts: 0, outcome: failure, exit_code: 137}\n"),
		scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(context.Background(),
		drill(t, `client: {run: "kill -9 $$"}`+"\nexpect: {attempts: 0, outcome: any, exit_code: {max: 0}}\n"),
		scenarios.Options{})
	require.Equal(t, []string{"exit_code"}, kinds(r))
}

// The SDK's adaptive mode waits for tokens when it is throttled. While it waits, time must pass.
func TestThrottledAdaptiveModeWaits(t *testing.T) {
	s := drill(t, `client: {sdk: {mode: adaptive, max_attempts: 4}}
objects: [{bucket: demo, key: k, size: 1KiB}]
steps: [{repeat: {times: 5, step: {download: {bucket: demo, key: k}}}}]
faults: [{match: {operation: GetObject}, times: 5, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any, attempts: 9, elapsed: {min: 2s}}
`)
	first := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, first.Verdict, "%v", first.Reasons)
	require.Equal(t, first.JournalSHA256, scenarios.Run(context.Background(), s, scenarios.Options{}).JournalSHA256)
}

func TestPolicyAllowsTokenWaitsOfAdaptiveMode(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, `client: {sdk: {mode: adaptive, max_attempts: 8}}
objects: [{bucket: demo, key: k, size: 1KiB}]
steps: [{download: {bucket: demo, key: k}}]
faults: [{match: {operation: GetObject}, times: 5, respond: {status: 503, code: SlowDown}}]
expect: {attempts: 6, waits: policy}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
