package hunt_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func parse(t *testing.T, text string) *script.Scenario {
	t.Helper()
	s, err := script.Parse("drill.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

const uploadUnder = `version: 1
name: an upload
client:
  builtin:
    retry: {max_attempts: 3, initial_delay: 100ms, jitter: none}
steps:
  - upload: {bucket: demo, key: a.bin, size: 1KiB}
`

// Each planted defect breaks one law that is not about the declared policy.
func TestPlayerFindsADefectInTheWords(t *testing.T) {
	const download = `version: 1
name: a download
objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client:
  builtin:
    retry: {max_attempts: 3, initial_delay: 100ms, jitter: none}
steps:
  - download: {bucket: demo, key: a.bin}
`
	for _, c := range []struct {
		defect string
		script string
		kind   hunt.Kind
		coarse hunt.Signature
	}{
		{
			"reports-success", uploadUnder + "faults:\n  - respond: {status: 503, code: SlowDown}\n",
			"phantom-success", "phantom-success PutObject respond",
		},
		{
			"retries-for-ever", uploadUnder + "faults:\n  - respond: {status: 503, code: SlowDown}\n",
			"hang", "hang PutObject respond",
		},
		{
			"one-attempt-more", uploadUnder + "faults:\n  - respond: {status: 503, code: SlowDown}\n",
			hunt.Multiplied, "multiplied PutObject respond",
		},
		{
			"tool-layers-multiply", uploadUnder + "faults:\n  - respond: {status: 503, code: SlowDown}\n",
			hunt.Multiplied, "multiplied PutObject respond",
		},
		{
			"loops-below", download + "faults:\n  - {times: 1, respond: {status: 503, code: SlowDown}}\n",
			hunt.Multiplied, "multiplied GetObject respond",
		},
		{
			"never-retries", uploadUnder + "faults:\n  - {times: 1, reset_peer: {at: request_head}}\n",
			hunt.NotRetried, "not-retried PutObject reset_peer",
		},
		{
			"takes-cut-for-whole", download + "faults:\n  - {times: 1, close_early: {after_bytes: 1000}}\n",
			"wrong-read", "wrong-read GetObject close_early",
		},
	} {
		t.Run(c.defect, func(t *testing.T) {
			s := parse(t, c.script)
			right := hunt.Player{Client: "builtin"}
			require.NoError(t, right.Prepare(t.Context()))
			require.Empty(t, right.Find(t.Context(), s).Findings)

			p := player(t, c.defect)
			o := p.Find(t.Context(), s)
			require.Empty(t, o.Unjudged)
			require.Empty(t, o.Tainted)
			require.NotEmpty(t, o.Findings)
			require.Equal(t, c.kind, o.Findings[0].Kind, o.Findings)
			require.Equal(t, c.coarse, o.Findings[0].Coarse())
			require.Contains(t, o.Findings[0].Sentence, "after ")
		})
	}
}

// player returns a player of a client with a planted defect.
func player(t *testing.T, defect string) *hunt.Player {
	t.Helper()
	for _, d := range planted.All() {
		if d.Name == defect {
			_, o, ok := d.Plant(parse(t, uploadUnder))
			require.True(t, ok)
			p := &hunt.Player{Client: d.Name, New: o.NewClient}
			require.NoError(t, p.Prepare(t.Context()))
			return p
		}
	}
	t.Fatalf("no defect is called %s", defect)
	return nil
}

func TestDefectWithoutFaultsIsNoFindingOfTheFaults(t *testing.T) {
	p := player(t, "does-nothing")
	o := p.Find(t.Context(), parse(t, uploadUnder+"faults:\n  - {optional: true, respond: {status: 503}}\n"))
	require.Empty(t, o.Findings)
	require.NotEmpty(t, o.Tainted)
}

func TestSleepsAreFound(t *testing.T) {
	const deadline = `    deadline: 5s
`
	for _, c := range []struct {
		name, script string
		sleep        time.Duration
		kind         hunt.Kind
		got          time.Duration
	}{
		{"a sleep after the last attempt", uploadUnder, time.Second, hunt.SleepAtEnd, time.Second},
		{"a sleep past the deadline", uploadUnder + deadline, 10 * time.Second, hunt.PastDeadline, 5 * time.Second},
		{"a sleep until the deadline", uploadUnder + deadline, 5 * time.Second, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &hunt.Player{Client: "sleeper", New: func(config scenarios.ClientConfig) (scenarios.Client, error) {
				good, err := scenarios.NewBuiltin(config)
				return sleeper{good, c.sleep}, err
			}}
			require.NoError(t, p.Prepare(t.Context()))
			o := p.Play(t.Context(), parse(t, c.script))
			if c.kind == "" {
				require.Empty(t, o.Findings)
				return
			}
			require.Len(t, o.Findings, 1)
			require.Equal(t, c.kind, o.Findings[0].Kind)
			require.InDelta(t, c.got, o.Findings[0].Got, float64(10*time.Millisecond))
		})
	}
}

// sleeper sleeps after each upload, whatever its context says.
type sleeper struct {
	scenarios.Client
	sleep time.Duration
}

func (s sleeper) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	err := s.Client.Upload(ctx, bucket, key, path, progress)
	time.Sleep(s.sleep)
	return err
}

func TestClientThatGoesOnWithoutEndIsFound(t *testing.T) {
	p := &hunt.Player{Client: "spins", New: func(config scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(config)
		return spinner{good, config}, err
	}}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, uploadUnder+"faults:\n  - respond: {status: 503, code: SlowDown}\n"))
	require.NotEmpty(t, o.Findings, o.Unjudged)
	require.Equal(t, hunt.Kind("hang"), o.Findings[0].Kind)
	require.Contains(t, o.Findings[0].Sentence, "sends requests without end")
}

// spinner tries for ever, without a wait.
type spinner struct {
	scenarios.Client
	config scenarios.ClientConfig
}

func (s spinner) Upload(ctx context.Context, bucket, key, _ string, _ func(int64)) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, s.config.Endpoint+"/"+bucket+"/"+key, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := s.config.HTTPClient.Do(req)
		if err != nil {
			return err
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode < 300 {
			return err
		}
	}
}

func TestPanicOfAClientIsAFinding(t *testing.T) {
	p := &hunt.Player{Client: "panics", New: func(config scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(config)
		return panicker{good}, err
	}}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, uploadUnder))
	require.Len(t, o.Findings, 1, o.Unjudged)
	require.Equal(t, hunt.Panicked, o.Findings[0].Kind)
	require.Contains(t, o.Panic, "nil upload")
}

type panicker struct{ scenarios.Client }

func (panicker) Upload(context.Context, string, string, string, func(int64)) error {
	panic(errors.New("nil upload"))
}

func TestLiesAreFindingsOnlyOnRequest(t *testing.T) {
	lie := parse(t, `version: 1
name: a lie
objects:
  - {bucket: demo, key: a.bin, size: 1KiB}
client: {builtin: {}}
steps:
  - exists: {bucket: demo, key: a.bin}
faults:
  - respond: {status: 404, code: NoSuchKey}
`)
	for _, lying := range []bool{false, true} {
		p := &hunt.Player{Client: "builtin", Lying: lying}
		require.NoError(t, p.Prepare(t.Context()))
		o := p.Find(t.Context(), lie)
		require.Equal(t, lying, len(o.Findings) > 0, o.Findings)
		for _, f := range o.Findings {
			require.True(t, f.Lying)
		}
	}
}

// A client that is told that its upload does not exist begins another one, and cannot know that the
// first one is open.
func TestPlayerExcusesAnUploadThatIsSaidNotToExist(t *testing.T) {
	p := &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, fmt.Sprintf(resumed, "",
		"faults:\n  - {match: {operation: ListParts}, times: 1, respond: {status: 404, code: NoSuchUpload}}\n")))
	require.Equal(t, 1, o.Result.FaultsFired())
	require.Empty(t, o.Findings)
}

// No client without a list of the uploads could close these.
func TestPlayerExcusesAnUploadThatTheClientCannotKnow(t *testing.T) {
	const multipart = `version: 1
name: an upload in parts
client: {sdk: {mode: standard, part_size: 5MiB, concurrency: 1}}
steps:
  - upload: {bucket: demo, key: large.bin, size: 6MiB}
faults:
  - {match: {operation: CreateMultipartUpload}, times: 1, %s}
`
	for _, fault := range []string{"duplicate: {}", "shorten: {to: 0B}"} {
		p := &hunt.Player{}
		require.NoError(t, p.Prepare(t.Context()))
		o := p.Play(t.Context(), parse(t, fmt.Sprintf(multipart, fault)))
		require.Empty(t, o.Unjudged)
		require.Equal(t, 1, o.Result.FaultsFired(), fault)
		require.Empty(t, o.Findings, fault)
	}
}

// The SDK stops retrying when its operations together have spent its quota.
func TestPlayerExcusesTheRetryQuotaOfTheSDK(t *testing.T) {
	const drained = `version: 1
name: two deletes without a server
client: {sdk: {max_attempts: 39}}
steps: [{delete: {bucket: demo, key: a.bin}}, {delete: {bucket: demo, key: b.bin}}]
faults: [{reset_peer: {at: accept}}]
`
	p := &hunt.Player{}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, drained))
	require.Equal(t, 37, o.Result.FaultsFired(), "the second delete is tried once")
	require.Empty(t, o.Findings)
}

// A move looks up whether its copy was stored, and again before it deletes the source.
func TestLookupsOfAMoveAreNotMultiplied(t *testing.T) {
	const move = `version: 1
name: a move whose copy has no answer
client: {builtin: {retry: {max_attempts: 1}}}
objects: [{bucket: demo, key: b.bin, size: 0}]
steps: [{move: {from: {bucket: demo, key: b.bin}, to: {bucket: demo, key: a.bin}}}]
faults: [{match: {operation: CopyObject}, times: 1, shorten: {}}]
`
	p := &hunt.Player{}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, move))
	require.Equal(t, 3, o.Result.Requests["HeadObject"])
	require.Empty(t, o.Findings)
}

// Parts that are on their way may make a second abort necessary.
func TestSecondAbortIsNotMultiplied(t *testing.T) {
	const parts = `version: 1
name: a part fails, and the other is on its way
client: {builtin: {retry: {max_attempts: 1}}}
steps: [{upload: {bucket: demo, key: b.bin, size: 15MiB}}]
faults: [{match: {operation: UploadPart}, times: 1, respond: {code: InternalError, after_bytes: 1B}}]
`
	p := &hunt.Player{}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, parts))
	require.Equal(t, 2, o.Result.Requests["AbortMultipartUpload"])
	require.Empty(t, o.Findings)
}
