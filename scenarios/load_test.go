package scenarios_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const aLoad = `client: {%s: {}}
steps:
  - load:
      workers: 8
      for: 5s
      sizes: {between: [1KiB, 64KiB]}
      steps:
        - upload: {bucket: demo, key: "load/${worker}/${n}"}
        - download: {bucket: demo, key: "load/${worker}/${n}"}
        - delete: {bucket: demo, key: "load/${worker}/${n}"}
    expect: {operations: 120, succeed: {min: 100}}
faults:
  - {match: {operation: PutObject}, probability: 0.2, respond: {status: 503, code: SlowDown}}
`

func TestLoadCountsWhatItsWorkersDo(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(aLoad, client)), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		require.Len(t, r.Steps, 1, "the operations are no steps of the report")
		require.Empty(t, r.Waits, "the waits of a load are counted, not listed")
		require.Empty(t, r.Steps[0].Waits)
		l := r.Steps[0].Load
		require.Equal(t, 8, l.Workers)
		require.Equal(t, 120, l.Operations)
		require.Positive(t, l.Retries)
		require.Positive(t, l.LongestWait)
		require.GreaterOrEqual(t, l.Waited, l.LongestWait)
		require.Len(t, l.Of, 3)
		require.Equal(t, []string{"delete", "download", "upload"}, []string{
			l.Of[0].Operation, l.Of[1].Operation, l.Of[2].Operation,
		})
		for _, o := range l.Of {
			require.Equal(t, 40, o.Count)
			require.LessOrEqual(t, o.P50, o.P90)
			require.LessOrEqual(t, o.P99, o.Max)
		}
		require.GreaterOrEqual(t, l.Of[2].Max, l.LongestWait, "an upload lasts as long as its waits")
		perSecond, volume := l.PerSecond()
		require.InDelta(t, 120/r.Elapsed.Seconds(), perSecond, 0.01)
		require.Positive(t, volume)
	}
}

func TestLoadHasOneJournal(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		requireOneJournal(t, drill(t, fmt.Sprintf(aLoad, client)), repetitions(t, 4))
	}
	a := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(aLoad, "builtin")), scenarios.Options{})
	other := uint64(2)
	b := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(aLoad, "builtin")), scenarios.Options{Seed: &other})
	require.NotEqual(t, a.JournalSHA256, b.JournalSHA256)
}

func TestLoadTakesTurnsAtItsPace(t *testing.T) {
	for bounds, want := range map[string]int{
		"for: 10s":                           30,
		"for: 10s, every: 2s":                15,
		"turns: 4":                           12,
		"for: 10s, turns: 4":                 12,
		"for: 2s, turns: 4, every: 100ms":    12,
		"for: 300ms, turns: 9, every: 100ms": 9,
	} {
		s := drill(t, fmt.Sprintf(`objects: [{bucket: demo, key: a, size: 1}]
client: {builtin: {}}
steps:
  - load: {workers: 3, %s, step: {stat: {bucket: demo, key: a}}}
    expect: {operations: %d, succeed: %d}
`, bounds, want, want))
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", bounds, r.Reasons)
	}
}

func TestLoadDrawsOneStepOfEachTurn(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, size: 1KiB}]
client: {builtin: {}}
steps:
  - load:
      workers: 4
      turns: 50
      order: drawn
      sizes: {one_of: [1, 2KiB]}
      steps:
        - download: {bucket: demo, key: a}
        - upload_stream: {bucket: demo, key: "${worker}", seekable: true}
        - list: {bucket: demo}
    expect: {operations: 200}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	for _, o := range r.Steps[0].Load.Of {
		require.InDelta(t, 67, o.Count, 25, o.Operation)
	}
}

func TestOracleJudgesEachOperationOfALoad(t *testing.T) {
	uploads := 0
	forgetful := with(func(_ scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.upload = func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
			if strings.HasPrefix(key, "load/5/3") {
				uploads++
				return nil
			}
			return good.Upload(ctx, bucket, key, path, progress)
		}
	})
	s := drill(t, `client: {builtin: {}}
steps:
  - load: {workers: 6, turns: 4, sizes: 2KiB, step: {upload: {bucket: demo, key: "load/${worker}/${n}"}}}
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: forgetful})
	require.Equal(t, 1, uploads)
	require.Equal(t, []string{string(script.LostWrite)}, kinds(r))
	require.Equal(t, "1.5.3", r.Reasons[0].Step)
	require.Contains(t, r.Reasons[0].Got, "demo/load/5/3 was acknowledged as 2048 bytes")
}

func TestFailedOperationsFailTheLoad(t *testing.T) {
	const denied = `client: {builtin: {}}
steps:
  - load: {workers: 2, turns: 5, sizes: 10, step: {upload: {bucket: demo, key: "${worker}-${n}"}}}
    expect: {%s}
faults:
  - {match: {operation: PutObject, key: "2-3"}, respond: {status: 403, code: AccessDenied}}
`
	for expect, verdict := range map[string]scenarios.Verdict{
		"operations: 10": scenarios.Fail, "succeed: 9": scenarios.Pass, "succeed: 10": scenarios.Fail,
		"error: {code: AccessDenied, kind: permanent}": scenarios.Pass,
		"operations: {max: 9}, outcome: any":           scenarios.Fail,
	} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(denied, expect)), scenarios.Options{})
		require.Equal(t, verdict, r.Verdict, "%s: %v", expect, r.Reasons)
		require.Equal(t, 1, r.Steps[0].Load.Failed)
		require.Equal(t, "AccessDenied", r.Steps[0].ErrorCode)
		require.Contains(t, r.Steps[0].Err, "1 of 10 operations failed; the first, upload 1.2.3: ")
	}
}

func TestDeadlineEndsALoad(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, size: 1}]
client: {builtin: {}}
steps:
  - load: {workers: 3, for: 1h, step: {download: {bucket: demo, key: a, to: "out-${worker}"}}}
    deadline: 10s
    expect: {operations: {between: [28, 30]}, elapsed: {max: 10s}}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestHangingLoadIsFound(t *testing.T) {
	s := drill(t, `timeout: 20s
objects: [{bucket: demo, key: a, size: 1}]
client: {sdk: {mode: off}}
steps:
  - load: {workers: 2, turns: 3, step: {download: {bucket: demo, key: a}}}
faults:
  - {match: {operation: GetObject}, after: 3, timeout: {}}
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, string(script.Hang), r.Reasons[0].Kind)
	require.Equal(t, "1", r.Reasons[0].Step)
}

func TestPlaceholdersOfALoad(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
steps:
  - load:
      workers: 1
      turns: 2
      step: {upload: {bucket: demo, key: "$${worker}/${worker}/${n}", content: "of ${worker} at ${endpoint}"}}
  - list: {bucket: demo}
    expect: {keys: ["$${worker}/1/1", "$${worker}/1/2"]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

// What workers deliver and what S3 held share the memory of what was uploaded.
func TestContentsOfALoadShareMemory(t *testing.T) {
	s := drill(t, `objects: [{bucket: demo, key: seeded, size: 32KiB}]
client: {builtin: {}}
steps:
  - load:
      workers: 4
      turns: 5
      steps:
        - upload: {bucket: demo, key: "k${worker}", size: 16KiB}
        - download: {bucket: demo, key: "k${worker}"}
        - download: {bucket: demo, key: seeded}
`)
	var judged *oracle.Ledger
	r := scenarios.Run(t.Context(), s, scenarios.WithLedger(func(l *oracle.Ledger) { judged = l }))
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	starts := make(map[*byte]bool)
	for _, a := range judged.Acts {
		if a.Operation == "download" && a.Key == "seeded" {
			starts[&a.Content[0]] = true
		}
	}
	require.Len(t, starts, 1, "all downloads of one object are one content")
	for _, a := range judged.Acts {
		if a.Operation == "upload" {
			shared := false
			for _, v := range judged.History("demo", a.Key) {
				shared = shared || &v.Content[0] == &a.Content[0]
			}
			require.True(t, shared)
		}
	}
}

func TestReportsOfALoadStaySmall(t *testing.T) {
	play := func(turns int) *scenarios.Result {
		s := drill(t, fmt.Sprintf(`client: {builtin: {}}
steps:
  - load: {workers: 5, turns: %d, sizes: 1, every: 10ms, step: {upload: {bucket: demo, key: "k${worker}"}}}
faults:
  - {match: {operation: PutObject}, probability: 0.2, respond: {status: 503}}
`, turns))
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		r.Wall = time.Second
		return r
	}
	size := func(r *scenarios.Result, format string) int {
		var out bytes.Buffer
		w, err := report.New(format, &out, report.Options{})
		require.NoError(t, err)
		require.NoError(t, w.Drill(r))
		require.NoError(t, w.Close())
		require.Contains(t, out.String(), "p50")
		return out.Len()
	}
	short, long := play(40), play(200)
	for _, format := range []string{"text", "json", "junit", "html"} {
		require.InDelta(t, size(short, format), size(long, format), 2000, format)
	}
}

func TestLoadInNDJSON(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(aLoad, "builtin")), scenarios.Options{})
	var out bytes.Buffer
	w, err := report.New("json", &out, report.Options{})
	require.NoError(t, err)
	require.NoError(t, w.Drill(r))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var got struct {
		Steps []struct {
			WaitsMS []float64 `json:"waits_ms"`
			Load    struct {
				Workers, Operations int
				Of                  []struct {
					Operation string
					Count     int
					P99MS     float64 `json:"p99_ms"`
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &got))
	require.Empty(t, got.Steps[0].WaitsMS)
	require.Equal(t, 120, got.Steps[0].Load.Operations)
	require.Equal(t, "upload", got.Steps[0].Load.Of[2].Operation)
	require.Positive(t, got.Steps[0].Load.Of[2].P99MS)
}
