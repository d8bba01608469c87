package scenarios_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestProgramGetsACleanEnvironment(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("HTTPS_PROXY", "http://proxy.example")
	t.Setenv("AWS_CA_BUNDLE", "/etc/ssl/company.pem")
	t.Setenv("S3CHAOS_SECRET", "of the host")
	t.Setenv("LANG", "C.UTF-8")
	r := scenarios.Run(context.Background(), drill(t, `files: [{path: in/a.txt, content: hello}]
client:
  run: ["sh", "-c", "env; pwd; cat ${workdir}/in/a.txt; echo ${endpoint}"]
  env: {MORE: "${workdir}/x"}
expect: {exit_code: 0, attempts: 0, stdout: {contains: hello}}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, scenarios.Real, r.Clock)
	require.Empty(t, r.JournalSHA256)
	env := make(map[string]string)
	for line := range strings.SplitSeq(r.Stdout, "\n") {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	for _, gone := range []string{"AWS_PROFILE", "HTTPS_PROXY", "AWS_CA_BUNDLE", "S3CHAOS_SECRET"} {
		require.NotContains(t, env, gone)
	}
	require.Equal(t, "C.UTF-8", env["LANG"])
	require.Equal(t, os.Getenv("PATH"), env["PATH"])
	require.Equal(t, "true", env["AWS_EC2_METADATA_DISABLED"])
	require.NotEmpty(t, env["AWS_ACCESS_KEY_ID"])
	require.NotEmpty(t, env["AWS_SECRET_ACCESS_KEY"])
	require.NotEmpty(t, env["AWS_REGION"])
	require.Contains(t, env["AWS_ENDPOINT_URL"], "http://127.0.0.1:")
	require.Equal(t, env["HOME"]+"/x", env["MORE"])
	require.NoDirExists(t, env["HOME"], "the work directory is removed")
	require.Contains(t, r.Stdout, "http://127.0.0.1:")
}

func TestExitCodeDecidesTheOutcomeOfAProgram(t *testing.T) {
	for _, c := range []struct {
		run, expect string
		verdict     scenarios.Verdict
		kind        string
	}{
		{`"exit 3"`, `{attempts: 0, outcome: failure, exit_code: 3}`, scenarios.Pass, ""},
		{`"exit 3"`, `{attempts: 0, outcome: success}`, scenarios.Fail, "outcome"},
		{`"exit 3"`, `{attempts: 0, exit_code: 4}`, scenarios.Fail, "exit_code"},
		{`"echo lost >&2; exit 1"`, `{attempts: 0, outcome: any, stderr: {contains: found}}`, scenarios.Fail, "stderr"},
		{`"kill -9 $$"`, `{attempts: 0, outcome: failure}`, scenarios.Pass, ""},
		{`[no-such-program-anywhere]`, `{outcome: failure}`, scenarios.Error, "harness"},
	} {
		t.Run(c.run+" "+c.expect, func(t *testing.T) {
			s := drill(t, "client: {run: "+c.run+"}\nexpect: "+c.expect+"\n")
			r := scenarios.Run(context.Background(), s, scenarios.Options{})
			require.Equal(t, c.verdict, r.Verdict, "%v", r.Reasons)
			if c.kind != "" {
				require.Equal(t, []string{c.kind}, kinds(r))
			}
		})
	}
}

func TestMissingRequirementSkipsTheDrill(t *testing.T) {
	s := drill(t, "requires: [no-such-program-anywhere]\nclient: {run: [no-such-program-anywhere]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, r.Reasons[0].Got, "no-such-program-anywhere")
}

func TestHangingProgramIsKilledWithItsChildren(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	r := scenarios.Run(context.Background(), drill(t, `timeout: 300ms
client: {run: 'curl -s ${endpoint}/demo/a >&2; sleep 60 & echo $! >`+pids+`; wait'}
`), scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"hang"}, kinds(r)[:1])
	requireGone(t, pids)
}

func TestHangOfAProgramOnASlowMachineIsAnError(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	hangs := drill(t, "timeout: 100ms\nclient: {run: 'curl -s ${endpoint}/demo/a >&2; sleep 60'}\n")
	r := scenarios.Run(t.Context(), hangs, scenarios.LateBy(time.Second))
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Contains(t, r.Reasons[0].String(), "machine too slow")
	r = scenarios.Run(t.Context(), hangs, scenarios.LateBy(0))
	require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
}

func TestProgramWithoutARequestInTimeIsAnError(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	r := scenarios.Run(context.Background(), drill(t, `timeout: 1ms
start_timeout: 300ms
client: {run: 'echo still here; sleep 60 & echo $! >`+pids+`; wait'}
`), scenarios.Options{})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[0].String(), "the program sent no request within start_timeout: 300ms")
	require.Contains(t, r.Reasons[0].String(), "AWS_ENDPOINT_URL")
	require.Equal(t, "still here\n", r.Stdout)
	requireGone(t, pids)
}

func TestProgramThatEndsWithoutARequestIsJudged(t *testing.T) {
	s := drill(t, "timeout: 1ms\nclient: {run: 'sleep 0.1; exit 3'}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"no request", "outcome"}, kinds(r))
}

func TestProgramThatLeavesProcessesBehindLeaks(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	s := drill(t, "client: {run: 'sleep 60 >/dev/null 2>&1 & echo $! >"+pids+"'}\nexpect: {attempts: 0}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"leak"}, kinds(r))
	requireGone(t, pids)
}

// A process of a session of its own is in no group that the drill knows.
func TestProcessThatLeavesItsGroupIsFound(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("setsid is not on PATH")
	}
	pids := filepath.Join(t.TempDir(), "pids")
	run := "setsid sh -c 'echo $$ >PIDS.new; mv PIDS.new PIDS; exec sleep 60' >/dev/null 2>&1 & " +
		"until [ -e PIDS ]; do sleep 0.01; done"
	run = strings.ReplaceAll(run, "PIDS", pids)
	s := drill(t, "client: {run: "+strconv.Quote(run)+"}\nexpect: {attempts: 0}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
	require.Equal(t, []string{"leak"}, kinds(r))
	requireGone(t, pids)
}

func TestInterruptEndsTheProgram(t *testing.T) {
	dir := t.TempDir()
	pids := filepath.Join(dir, "pids")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for _, err := os.Stat(pids); err != nil; _, err = os.Stat(pids) {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	list := []*scenarios.Scenario{
		drill(t, oneUpload),
		drill(t, "client: {run: 'sleep 60 & echo $! >"+pids+".new && mv "+pids+".new "+pids+"; wait'}\n"),
	}
	var given []*scenarios.Result
	scenarios.RunAll(ctx, list, scenarios.Options{Workers: 1}, func(r *scenarios.Result) { given = append(given, r) })
	require.Len(t, given, 1, "what is finished is reported, what was interrupted is not")
	require.Equal(t, scenarios.Pass, given[0].Verdict)
	requireGone(t, pids)
}

// requireGone fails if the process with the id in the file still runs. A zombie does not run: it
// waits until process 1 reads its exit status, which may take seconds in a container.
func requireGone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	pid := strings.TrimSpace(string(text))
	gone := func() bool {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		return err == nil && strings.Contains(string(stat), ") Z ") || exec.Command("kill", "-0", pid).Run() != nil
	}
	require.Eventually(t, gone, 10*time.Second, 10*time.Millisecond)
}
