package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// swallows reports success from the second step on, whatever S3 answers. It stands for `|| true`
// after a command.
var swallows = with(func(_ scenarios.ClientConfig, f *flawed) {
	good := f.Client
	f.upload = func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
		_ = good.Upload(ctx, bucket, key, path, progress)
		return nil
	}
	f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
		progress func(int64),
	) error {
		_ = good.Download(ctx, bucket, key, path, span, progress)
		return nil
	}
	f.list = func(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
		keys, _ := good.List(ctx, bucket, prefix, maxKeys)
		return keys, nil
	}
	f.remove = func(ctx context.Context, bucket, key string) error {
		_ = good.Delete(ctx, bucket, key)
		return nil
	}
})

// The state of S3 happens to be as required. But S3 refused the request, and the client reported
// success.
func TestSuccessAfterRefusalIsPhantomSuccess(t *testing.T) {
	for _, c := range []struct {
		name, text, says string
	}{
		{"the same content twice", `
  - upload: {bucket: demo, key: k, content: same}
  - upload: {bucket: demo, key: k, content: same}
faults: [{match: {operation: PutObject}, after: 1, respond: {status: 403, code: AccessDenied}}]
`, "step 2: phantom-success: the client reported success for demo/k, but S3 answered 403 AccessDenied"},
		{"yesterday's file", `
  - download: {bucket: demo, key: a, to: a}
  - download: {bucket: demo, key: a, to: a}
faults: [{match: {operation: GetObject}, after: 1, respond: {status: 403, code: AccessDenied}}]
`, "step 2: phantom-success: the client reported success for demo/a, but S3 answered 403 AccessDenied"},
		{"nothing to delete", `
  - delete: {bucket: demo, key: a}
  - delete: {bucket: demo, key: a}
faults: [{match: {operation: DeleteObject}, after: 1, respond: {status: 403, code: AccessDenied}}]
`, "step 2: phantom-success: the client reported success for demo/a, but S3 answered 403 AccessDenied"},
		{"an empty list", `
  - delete: {bucket: demo, key: a}
  - list: {bucket: demo}
faults: [{match: {operation: ListObjectsV2}, respond: {status: 403, code: AccessDenied}}]
`, "step 2: phantom-success: the client reported success for demo, but S3 answered 403 AccessDenied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := oracleDrill(t, "objects: [{bucket: demo, key: a, content: here}]\nclient: {builtin: {}}\nsteps:"+
				c.text)
			honest := scenarios.Run(context.Background(), s, scenarios.Options{})
			require.Equal(t, scenarios.Pass, honest.Verdict, "a client that tells of it: %v", honest.Reasons)

			r := scenarios.Run(context.Background(), s, scenarios.Options{NewClient: swallows})
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Equal(t, []string{string(script.PhantomSuccess)}, kinds(r))
			require.Equal(t, c.says, told(r))
		})
	}
}

// S3 has done what the step asked for, so a refusal of the client's extra request is no finding.
func TestRefusalAfterSuccessIsNoFinding(t *testing.T) {
	beyond := with(func(c scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
			progress func(int64),
		) error {
			if err := good.Download(ctx, bucket, key, path, span, progress); err != nil {
				return err
			}
			err := planted.Ask(ctx, c, bucket, key, "Range", "bytes=999-") // is there more?
			require.ErrorContains(t, err, "416")
			return nil
		}
		f.upload = func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
			if err := good.Upload(ctx, bucket, key, path, progress); err != nil {
				return err
			}
			err := planted.Ask(ctx, c, bucket, "nothing") // is there an index to refresh?
			require.ErrorContains(t, err, "404")
			return nil
		}
	})
	r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: a, content: here}]
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: a}
  - upload: {bucket: demo, key: k, content: there}
expect: {outcome: success, sends: 4}
`), scenarios.Options{NewClient: beyond})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
