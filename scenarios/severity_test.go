package scenarios_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// believesWhatCame is a client that treats every body as the whole object, and status 416 as its
// end.
var believesWhatCame = with(func(c scenarios.ClientConfig, f *flawed) {
	f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
		for {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+"/"+bucket+"/"+key, nil)
			if err != nil {
				return err
			}
			req.Header.Set("Range", "bytes=0-1048575")
			resp, err := c.HTTPClient.Do(req)
			if err != nil {
				return err
			}
			body, _ := io.ReadAll(resp.Body) // accepts a truncated body
			resp.Body.Close()
			switch {
			case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
				return os.WriteFile(path, nil, 0o600)
			case resp.StatusCode < 300:
				return os.WriteFile(path, body, 0o600)
			}
		}
	}
})

func TestFindingThatNoClientCouldKnowIsANote(t *testing.T) {
	const stored = "objects: [{bucket: demo, key: k, size: 32KiB}]\nclient: {builtin: {retry: {max_attempts: 2}}}\n"
	for _, c := range []struct {
		name   string
		text   string
		client newClient // nil: the client of the file
		kinds  []string
	}{
		{
			"S3's own 416 for an empty object",
			"objects: [{bucket: demo, key: k, size: 0}]\nclient: {builtin: {}}\nsteps: [{download: {bucket: demo, key: k}}]\n",
			believesWhatCame, nil,
		},
		{
			"416 for an object with bytes",
			stored + "steps: [{download: {bucket: demo, key: k}}]\n" +
				"faults: [{match: {operation: GetObject}, respond: {status: 416, code: InvalidRange}}]\n",
			believesWhatCame,
			[]string{"phantom-success"},
		},
		{
			"a cut 200 after a 503",
			stored + "steps: [{download: {bucket: demo, key: k}}]\nfaults:\n" +
				"  - {match: {operation: GetObject}, times: 1, respond: {status: 503}}\n" +
				"  - {match: {operation: GetObject}, close_early: {after_bytes: 1000}}\n",
			believesWhatCame,
			[]string{"wrong-read"},
		},
		{
			"an <Error> in a 200",
			stored + "steps: [{download: {bucket: demo, key: k}}]\nfaults: [{match: {}, ok_with_error: {}}]\n",
			believesWhatCame,
			[]string{"wrong-read"},
		},
		{
			"404 in S3's shape",
			stored + "steps: [{exists: {bucket: demo, key: k}}]\nfaults: [{match: {}, respond: {status: 404}}]\n",
			nil,
			[]string{"wrong-read (note)"},
		},
		{
			"404 in S3's shape, taken for the object",
			stored + "steps: [{download: {bucket: demo, key: k}}]\n" +
				"faults: [{match: {}, respond: {status: 404, code: NoSuchKey}}]\n",
			savesAnyBody,
			[]string{"phantom-success"},
		},
		{
			"404 in S3's shape, taken for the object by a program",
			"objects: [{bucket: demo, key: k, size: 1KiB}]\n" +
				"client: {run: 'curl -s ${endpoint}/demo/k -o out; exit 0'}\n" +
				"intent: [{reads: {bucket: demo, key: k, to: out}}]\n" +
				"faults: [{match: {operation: GetObject}, respond: {status: 404, code: NoSuchKey}}]\n",
			nil,
			[]string{"phantom-success"},
		},
		{
			"a program deletes what S3 says is not there",
			"objects: [{bucket: demo, key: k, size: 1KiB}]\n" +
				"client: {run: 'curl -s -X DELETE ${endpoint}/demo/k -o out; exit 0'}\n" +
				"intent: [{deletes: {bucket: demo, key: k}}]\n" +
				"faults: [{match: {operation: DeleteObject}, respond: {status: 404, code: NoSuchKey}}]\n",
			nil,
			[]string{"phantom-success (note)"},
		},
		{
			"a made-up result with an error for a key",
			deletesByProgram +
				"<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>'}}]\n",
			nil,
			[]string{"phantom-success"},
		},
		{
			"a made-up result without an error",
			deletesByProgram + "<DeleteResult><Deleted><Key>k</Key></Deleted></DeleteResult>'}}]\n",
			nil,
			[]string{"lost-write (note)"},
		},
		{
			"the response to Create is lost, and no list of uploads shows it",
			"client: {sdk: {}}\nsteps: [{upload: {bucket: demo, key: k, content: x}}]\n" +
				"faults: [{match: {operation: CreateMultipartUpload}, times: 1, reset_peer: {at: response_head}}]\n",
			createsUntilHeard,
			[]string{"orphan-upload (note)"},
		},
		{
			"each Abort is refused",
			"client: {builtin: {part_size: 5MiB}}\nsteps:\n" +
				"  - {upload: {bucket: demo, key: k, size: 6MiB}, expect: {outcome: failure}}\nfaults:\n" +
				"  - {match: {operation: UploadPart}, respond: {status: 403, code: AccessDenied}}\n" +
				"  - {match: {operation: AbortMultipartUpload}, respond: {status: 403, code: AccessDenied}}\n",
			nil,
			[]string{"orphan-upload (note)"},
		},
		{
			"a drip that goes on beyond the timeout",
			stored + "timeout: 1m\nsteps: [{download: {bucket: demo, key: k}}]\nexpect: {outcome: failure}\n" +
				"faults: [{match: {operation: GetObject}, slicer: {size: 1, delay: 1s}}]\n",
			nil,
			[]string{"hang (note)"},
		},
		{
			"a drip with silences longer than any patience",
			stored + "timeout: 10m\nsteps: [{download: {bucket: demo, key: k}}]\nexpect: {outcome: failure}\n" +
				"faults: [{match: {operation: GetObject}, slicer: {size: 1, delay: 2m}}]\n",
			believesAnyBody,
			[]string{"hang"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, c.text), scenarios.Options{NewClient: c.client})
			require.Equal(t, c.kinds, kinds(r), "%v %v", r.Reasons, r.Notes)
			for _, reason := range r.Reasons {
				require.Equal(t, scenarios.SeverityFail, reason.Severity)
			}
		})
	}
}

// deletesByProgram is a program that deletes a key and believes every answer. The body of the
// made-up answer follows.
const deletesByProgram = "objects: [{bucket: demo, key: k, size: 1KiB}]\n" +
	"client: {run: 'curl -s -X POST \"${endpoint}/demo?delete\" " +
	"-d \"<Delete><Object><Key>k</Key></Object></Delete>\" -o out; exit 0'}\n" +
	"faults: [{match: {operation: DeleteObjects}, respond: {status: 200, body: '"

// savesAnyBody is a client that writes the body of every response to the file.
var savesAnyBody = with(func(c scenarios.ClientConfig, f *flawed) {
	f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+"/"+bucket+"/"+key, nil)
		if err != nil {
			return err
		}
		resp, err := c.HTTPClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return os.WriteFile(path, body, 0o600)
	}
})

// A note meets `violates`.
func TestNoteMeetsViolates(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {}}
steps: [{exists: {bucket: demo, key: k}}]
faults: [{match: {}, respond: {status: 404}}]
expect: {violates: [wrong-read]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Empty(t, r.Notes)
}

// createsUntilHeard begins a multipart upload. Without a response, it puts the object in one
// request.
var createsUntilHeard = with(func(c scenarios.ClientConfig, f *flawed) {
	f.upload = func(ctx context.Context, bucket, key, path string, _ func(int64)) error {
		if _, _, _, err := uploadParts(ctx, c, bucket, key, nil); err == nil {
			return errTool
		}
		return putWhole(ctx, c, path)
	}
})
