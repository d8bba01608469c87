package worker_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/worker"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// TestMain makes the test binary a process of the pool if the variable is set.
func TestMain(m *testing.M) {
	if os.Getenv("S3CHAOS_WORKER") == "" {
		os.Exit(m.Run())
	}
	if err := worker.Serve(context.Background(), os.Stdin, os.Stdout, player); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// player returns the client builtin, or one that does what its name says after a failed attempt.
func player(client string, lying bool) *hunt.Player {
	p := &hunt.Player{Client: client, Lying: lying}
	if client != "builtin" {
		p.New = func(c scenarios.ClientConfig) (scenarios.Client, error) {
			good, err := scenarios.NewBuiltin(c)
			return broken{good, client}, err
		}
	}
	return p
}

type broken struct {
	scenarios.Client
	how string
}

func (b broken) Exists(ctx context.Context, bucket, key string) (bool, error) {
	found, err := b.Client.Exists(ctx, bucket, key)
	if err == nil {
		return found, nil
	}
	switch b.how {
	case "panics":
		panicked := make(chan struct{})
		go func() {
			defer close(panicked)
			panic("the client's own goroutine")
		}()
		<-panicked
	case "exits":
		os.Exit(7)
	}
	return found, err
}

func newPool(t *testing.T) *worker.Pool {
	t.Helper()
	pool := &worker.Pool{Command: func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "S3CHAOS_WORKER=1", racing.Setting)
		return c
	}}
	t.Cleanup(pool.Close)
	return pool
}

func parse(t *testing.T, faults string) *script.Scenario {
	t.Helper()
	s, err := script.Parse("x.yaml", []byte("version: 1\nname: x\nclient: {builtin: {}}\n"+
		"objects: [{bucket: demo, key: k, size: 1}]\nsteps: [{exists: {bucket: demo, key: k}}]\n"+faults))
	require.NoError(t, err)
	return s
}

const denied = "faults: [{respond: {status: 403, code: AccessDenied}}]\nexpect: {outcome: any}\n"

func TestClientThatEndsItsProcessIsAFinding(t *testing.T) {
	pool := newPool(t)
	for client, want := range map[string]hunt.Finding{
		"panics": {Where: "worker_test.broken.Exists.func1", Sentence: "the client panicked: " +
			"the client's own goroutine in worker_test.broken.Exists.func1"},
		"exits": {Sentence: "the client panicked: the process ended: exit status 7"},
	} {
		want.Kind = hunt.Panicked
		o := pool.With(client, false).Find(t.Context(), parse(t, denied))
		require.Equal(t, []hunt.Finding{want}, o.Findings, o.Panic)
		require.Empty(t, o.Unjudged)
		o = pool.With(client, false).Find(t.Context(), parse(t, ""))
		require.Empty(t, o.Findings, "the next script has a process of its own")
		require.Equal(t, scenarios.Pass, o.Result.Verdict)
	}
}

func TestProcessPlaysAsThisOneDoes(t *testing.T) {
	own := &hunt.Player{Client: "builtin"}
	require.NoError(t, own.Prepare(t.Context()))
	other := newPool(t).With("builtin", false)
	s := parse(t, "faults: [{times: 1, respond: {status: 503}}]\n")
	want, got := own.Find(t.Context(), s), other.Find(t.Context(), s)
	require.NotEmpty(t, want.Result.JournalSHA256)
	require.Equal(t, want.Result.JournalSHA256, got.Result.JournalSHA256)
	require.Equal(t, want.Result.Faults, got.Result.Faults)
	require.Equal(t, scenarios.Pass, other.Run(t.Context(), s).Verdict)
}

func TestEndedContextPlaysNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := newPool(t).With("builtin", false).Find(ctx, parse(t, denied))
	require.True(t, o.Result.Interrupted())
	require.Empty(t, o.Findings)
}

func TestProcessThatCannotStartJudgesNothing(t *testing.T) {
	pool := &worker.Pool{Command: func() *exec.Cmd { return exec.Command("/none/such") }}
	o := pool.With("builtin", false).Find(t.Context(), parse(t, denied))
	require.Contains(t, o.Unjudged, "start a process")
	require.Empty(t, o.Findings)
}
