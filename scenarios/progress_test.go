package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestCompleteProgress(t *testing.T) {
	for name, c := range map[string]struct {
		reports []int64
		want    scenarios.Verdict
	}{
		"to the size":    {[]int64{1, 3}, scenarios.Pass},
		"at once":        {[]int64{3}, scenarios.Pass},
		"never":          {nil, scenarios.Fail},
		"not to the end": {[]int64{1, 2}, scenarios.Fail},
		"beyond":         {[]int64{1, 4}, scenarios.Fail},
		"back":           {[]int64{2, 1, 3}, scenarios.Fail},
		"twice the same": {[]int64{1, 1, 3}, scenarios.Fail},
		"the end twice":  {[]int64{1, 3, 3}, scenarios.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			s := drill(t, "client: {builtin: {}}\nsteps: [{upload: {bucket: demo, key: k, content: abc}}]\n"+
				"expect: {progress: complete}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: with(
				func(_ scenarios.ClientConfig, f *flawed) {
					good := f.Client
					f.upload = func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
						err := good.Upload(ctx, bucket, key, path, nil)
						for _, n := range c.reports {
							progress(n)
						}
						return err
					}
				})})
			assert.Equal(t, c.want, r.Verdict, "%v", r.Reasons)
		})
	}
}

func TestProgressOfADownloadIsNotAheadOfItsBytes(t *testing.T) {
	s := drill(t, "client: {builtin: {retry: {max_attempts: 1}}}\nobjects: [{bucket: demo, key: a, size: 100KiB}]\n"+
		"steps: [{download: {bucket: demo, key: a}}]\nexpect: {progress: complete, outcome: failure}\n"+
		"faults: [{match: {operation: GetObject}, close_early: {after_bytes: 10KiB}}]\n")
	for reported, want := range map[int64]scenarios.Verdict{5 << 10: scenarios.Pass, 99 << 10: scenarios.Fail} {
		r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(
				ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
			) error {
				progress(reported)
				return good.Download(ctx, bucket, key, path, span, nil)
			}
		})})
		assert.Equal(t, want, r.Verdict, "%d: %v", reported, r.Reasons)
	}
}

// A step whose client gets no progress callback owes no report.
func TestCompleteProgressIsOwedOnlyByStepsWithACallback(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
files: [{path: d/x, content: hello}]
steps:
  - upload: {bucket: demo, key: k, content: abc}
  - upload_dir: {bucket: demo, prefix: p/, from: d}
  - download_dir: {bucket: demo, prefix: p/, to: e}
  - presign: {method: PUT, bucket: demo, key: l, content: abc}
  - download: {bucket: demo, key: k}
expect: {progress: complete}
`), scenarios.Options{})
	assert.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
