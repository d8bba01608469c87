package profile

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// programVariable makes the test binary an S3 program: a session that four attempts and no back-off
// serve.
const programVariable = "S3CHAOS_PROFILE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		os.Exit(programMain())
	}
	os.Exit(m.Run())
}

func programMain() int {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var call adapter.Call
		answer := adapter.Answer{OK: true}
		err := json.Unmarshal(lines.Bytes(), &call)
		if err == nil {
			err = perform(&call, &answer)
		}
		if err != nil {
			answer = adapter.Answer{Error: err.Error()}
		}
		if json.NewEncoder(os.Stdout).Encode(answer) != nil {
			return 1
		}
	}
	return 0
}

func perform(call *adapter.Call, answer *adapter.Answer) error {
	policy := retry.DefaultConfig()
	policy.InitialDelay, policy.MaxAttempts, policy.AttemptTimeout = retry.NoDelay, 4, time.Minute
	client, err := s3client.New(s3client.Config{
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Bucket: call.Bucket, Region: os.Getenv("AWS_REGION"),
		AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		UsePathStyle: true, Retry: &policy,
	})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	switch call.Verb {
	case adapter.Upload:
		return client.Upload(context.Background(), call.File, call.Key, nil)
	case adapter.Download:
		return client.Download(context.Background(), call.Key, call.File, nil)
	}
	for o, err := range client.List(context.Background(), call.Prefix, &s3client.ListOptions{PageSize: call.MaxKeys}) {
		if err != nil {
			return err
		}
		answer.Keys = append(answer.Keys, o.Key)
	}
	return nil
}

// program writes the adapter of the test's program.
func program(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "own.yaml")
	text := fmt.Sprintf("adapter: 1\nname: own\nenv: {%s: 'yes', %s: %s}\nsession: [%q]\n"+
		"takes: [upload, download, list]\n", programVariable, racing.Variable, racing.Value, exe)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// shown are the failures that the test's program meets.
var shown = []string{
	"500 InternalError", "503 SlowDown", "404 NoSuchKey", "reset before the response", "no such host",
	"connection refused",
}

// In real time only counts and reasons are certain: a busy machine makes any time longer.
func TestProgramIsMeasuredInRealTime(t *testing.T) {
	all := failures
	defer func() { failures = all }()
	failures = slices.DeleteFunc(slices.Clone(all), func(f failure) bool { return !slices.Contains(shown, f.name) })
	p, err := Measure(t.Context(), Options{
		Client: program(t), Seed: 1, About: []string{"attempts"}, Budget: 5 * time.Minute,
	})
	require.NoError(t, err)
	row := func(section, name string) Row {
		r, ok := p.Row(section, name)
		require.True(t, ok, "%s: %s", section, name)
		return r
	}
	for name, want := range map[string]string{
		"500 InternalError": "4", "503 SlowDown": "4", "404 NoSuchKey": "1", "reset before the response": "4",
		"no such host": "not determined",
	} {
		assert.Equal(t, want, row("attempts of GetObject", name).Value, name)
	}
	assert.Contains(t, row("attempts of PutObject", "connection refused").Note, "in real time the proxy does not see")
	assert.NotEmpty(t, row("measurement in real time", "noise").Value)
}

func TestBudgetThatIsUsedUpIsNamed(t *testing.T) {
	p, err := Measure(t.Context(), Options{
		Client: program(t), Seed: 1, About: []string{"timeouts"}, Budget: 4 * time.Second,
	})
	if err != nil { // on a machine that needs longer for the drill without faults
		assert.ErrorContains(t, err, "the budget left no time for it")
		return
	}
	r, ok := p.Row("timeouts", "for the whole attempt")
	require.True(t, ok)
	assert.Equal(t, "not determined", r.Value)
	assert.Equal(t, "the budget left no time for it", r.Note)
}
