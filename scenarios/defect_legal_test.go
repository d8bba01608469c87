package scenarios_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// legal are drills with an event that looks like a finding but is not: no S3 client can do better.
var legal = []struct {
	name     string
	text     string
	attempts int // over all steps; 0: not checked
}{
	{"a failed write was stored whole, its answers were lost", `
  - upload: {bucket: demo, key: new, size: 32KiB}
    expect: {outcome: failure, error: {kind: exhausted}}
faults: [{match: {}, after_upstream: true, reset_peer: {at: response_head}}]
expect: {objects: [{bucket: demo, key: new, same_as: upload}]}
`, 0},
	{"a failed write never came", `
  - upload: {bucket: demo, key: k, content: the new}
    expect: {outcome: failure}
faults: [{match: {operation: PutObject}, respond: {status: 503}}]
expect: {objects: [{bucket: demo, key: k, content: the old}]}
`, 3},
	{"a failed deletion happened", `
  - {cancel_after: 1s, delete: {bucket: demo, key: k}, expect: {outcome: failure}}
  - {exists: {bucket: demo, key: k}, expect: {exists: false}}
faults: [{match: {operation: DeleteObject}, after_upstream: true, timeout: {}}]
`, 2},
	{"a write was stored twice, its first answer was lost", `
  - {upload: {bucket: demo, key: k, content: the new}, expect: {outcome: success, attempts: 2}}
faults: [{match: {operation: PutObject}, times: 1, after_upstream: true, reset_peer: {at: response_head}}]
`, 2},
	{"a write was duplicated on its way", `
  - {upload: {bucket: demo, key: k, content: the new}, expect: {outcome: success, attempts: 1}}
faults: [{match: {operation: PutObject}, times: 1, duplicate: {}}]
`, 1},
	{"one's own write met the condition first", `
  - {upload_stream: {bucket: demo, key: new, size: 1KiB, if_none_match: "*"}, expect: {outcome: success}}
faults: [{match: {operation: PutObject}, times: 1, after_upstream: true, reset_peer: {at: response_head}}]
`, 0},
	{"refused at first", `
  - {upload: {bucket: demo, key: k, content: the new}, expect: {outcome: success}}
faults: [{match: {operation: PutObject}, times: 2, respond: {status: 503, code: SlowDown}}]
`, 3},
	{"of writers at once the first wins", `
  - parallel:
      - {upload: {bucket: demo, key: k, content: one}, expect: {outcome: success}}
      - {upload: {bucket: demo, key: k, content: two}, expect: {outcome: success}}
      - {upload: {bucket: demo, key: k, content: three}, expect: {outcome: success}}
faults: [{match: {operation: PutObject}, times: 1, latency: {delay: 1s, before: upstream}}]
`, 3},
	{"of writers at once the last answered is not the last stored", `
  - parallel:
      - {upload: {bucket: demo, key: k, content: one}, expect: {outcome: success}}
      - {upload: {bucket: demo, key: k, content: two}, expect: {outcome: success}}
faults: [{match: {operation: PutObject}, times: 1, latency: {delay: 1s, before: response}}]
`, 2},
	{"a reader beside a writer may see either", `
  - parallel:
      - {upload: {bucket: demo, key: k, size: 1KiB}, expect: {outcome: success}}
      - {download: {bucket: demo, key: k}, expect: {outcome: success}}
      - {exists: {bucket: demo, key: k}, expect: {exists: true}}
`, 3},
	{"a reader beside a deletion may miss it", `
  - parallel:
      - {delete: {bucket: demo, key: k}, expect: {outcome: success}}
      - {download: {bucket: demo, key: k}}
      - {exists: {bucket: demo, key: k}}
      - {list: {bucket: demo}}
`, 4},
	{"a list beside a writer may lack its key", `
  - parallel:
      - {list: {bucket: demo}}
      - {upload: {bucket: demo, key: new, size: 1KiB}}
faults: [{match: {operation: PutObject}, times: 1, latency: {delay: 1s, before: response}}]
`, 2},
	{"what was deleted is not there", `
  - {delete: {bucket: demo, key: k}, expect: {outcome: success}}
  - {exists: {bucket: demo, key: k}, expect: {exists: false}}
  - {download: {bucket: demo, key: k}, expect: {outcome: failure, error: {code: NoSuchKey}}}
  - {list: {bucket: demo}, expect: {keys: []}}
`, 4},
	{"an abort takes two attempts", `
  - upload: {bucket: demo, key: new, size: 6MiB}
    expect: {outcome: failure}
faults:
  - {match: {part: 2}, respond: {status: 403, code: AccessDenied}}
  - {match: {operation: AbortMultipartUpload}, times: 1, respond: {status: 503}}
expect: {attempts: {of: AbortMultipartUpload, exactly: 2}}
`, 0},
	{"an abort was done, unheard", `
  - upload: {bucket: demo, key: new, size: 6MiB}
    expect: {outcome: failure}
faults:
  - {match: {part: 2}, respond: {status: 403, code: AccessDenied}}
  - {match: {operation: AbortMultipartUpload}, times: 1, after_upstream: true, reset_peer: {at: response_head}}
`, 0},
	{"a canceled request is given up, and ends when it likes", `
  - {cancel_after: 1s, download: {bucket: demo, key: k}, expect: {outcome: failure, error: {kind: canceled}}}
faults: [{match: {}, timeout: 40s}]
`, 1},
	{"busy until just before the timeout", `
  - {download: {bucket: demo, key: k}, expect: {outcome: success}}
timeout: 21s
faults: [{match: {}, times: 1, latency: {delay: 20s, before: response}}]
`, 1},
	{"an empty object is an object", `
  - {upload: {bucket: demo, key: new, size: 0}, expect: {outcome: success}}
  - {download: {bucket: demo, key: new}, expect: {outcome: success}}
`, 2},
}

// Each drill runs with many seeds, because the seed decides the order of simultaneous requests.
func TestOracleFindsNothingInLegalDrills(t *testing.T) {
	t.Parallel()
	const head = `objects: [{bucket: demo, key: k, content: the old}]
client: {builtin: {part_size: 5MiB, retry: {initial_delay: 100ms, jitter: none}}}
steps:`
	for _, c := range legal {
		t.Run(c.name, func(t *testing.T) {
			s := oracleDrill(t, head+c.text)
			seeds := uint64(20)
			if strings.Contains(c.text, "MiB") {
				seeds = 2
			}
			for seed := range seeds {
				for name, client := range map[string]newClient{
					"builtin": nil, "tool": planted.WithFlaw(planted.Flawless),
				} {
					r := scenarios.Run(context.Background(), s, scenarios.Options{Seed: &seed, NewClient: client})
					if name == "tool" && r.Verdict == scenarios.Fail {
						// The tool may miss the expectations, but the oracle must report no
						// finding.
						for _, finding := range findings {
							require.NotContains(t, kinds(r), finding, "%v", r.Reasons)
						}
						continue
					}
					require.Equal(t, scenarios.Pass, r.Verdict, "%s, seed %d: %v", name, seed, r.Reasons)
					if c.attempts > 0 {
						require.Equal(t, c.attempts, r.Attempts)
					}
				}
			}
		})
	}
}

// findings are the names of all findings of the oracle.
var findings = []string{
	string(script.LostWrite), string(script.TornObject), string(script.WrongRead), string(script.PhantomSuccess),
	string(script.OrphanUpload), string(script.Leak), string(script.Hang), string(script.LateRequest),
}

// Over the seeds, each order of the writers occurs. So the drills above pass for every order.
func TestEachWriterWinsForSomeSeed(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
steps:
  - parallel:
      - upload: {bucket: demo, key: k, content: one}
      - upload: {bucket: demo, key: k, content: two}
expect: {objects: [{bucket: demo, key: k, content: one}]}
`)
	wins := map[scenarios.Verdict]int{}
	for seed := range uint64(20) {
		r := scenarios.Run(context.Background(), s, scenarios.Options{Seed: &seed})
		wins[r.Verdict]++
		if r.Verdict == scenarios.Fail {
			require.Equal(t, []string{"objects"}, kinds(r))
		}
	}
	require.Positive(t, wins[scenarios.Pass])
	require.Positive(t, wins[scenarios.Fail])
	require.Len(t, wins, 2)
}

// A goroutine may outlive its step if it sends nothing and ends.
func TestGoroutineThatEndsIsNoLeak(t *testing.T) {
	lingering := with(func(_ scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
			progress func(int64),
		) error {
			go time.Sleep(10 * time.Second)
			return good.Download(ctx, bucket, key, path, span, progress)
		}
	})
	r := scenarios.Run(context.Background(), drill(t, oneDownload), scenarios.Options{NewClient: lingering})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestRefusedDeletionThatALookupSettlesIsNoPhantom(t *testing.T) {
	s, err := script.Parse("x.yaml", []byte(`version: 1
name: S3 refuses to delete what is not there
client: {builtin: {}}
steps: [{delete_many: {bucket: demo, keys: [none]}, expect: {outcome: success}}]
faults: [{match: {operation: DeleteObjects}, delete_errors: {}}]
`))
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, r.Reasons)
	require.Equal(t, map[string]int{"DeleteObjects": 3, "HeadObject": 1}, r.Requests)
}

func TestLookupOfAnotherKeyIsNoRefusalOfADeletion(t *testing.T) {
	s, err := script.Parse("x.yaml", []byte(`version: 1
name: the fate of one key stays unknown
client: {builtin: {}}
steps: [{delete_many: {bucket: demo, keys: [k1.bin, b.bin]}}]
faults:
  - {match: {operation: DeleteObjects}, reset_peer: {at: request_head}}
  - {match: {operation: HeadObject, key: b.bin}, respond: {status: 503, code: SlowDown}}
expect: {outcome: failure}
`))
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, r.Reasons)
	require.Equal(t, map[string]int{"DeleteObjects": 3, "HeadObject": 4}, r.Requests)
}
