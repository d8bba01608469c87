package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// leaver is the builtin client with something before and after each transfer of a file.
type leaver struct {
	scenarios.Client
	before, after func(path string) error
}

func (l leaver) around(path string, do func() error) error {
	if l.before != nil {
		if err := l.before(path); err != nil {
			return err
		}
	}
	err := do()
	if l.after != nil {
		err = errors.Join(err, l.after(path))
	}
	return err
}

func (l leaver) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return l.around(path, func() error { return l.Client.Upload(ctx, bucket, key, path, progress) })
}

func (l leaver) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
) error {
	return l.around(path, func() error { return l.Client.Download(ctx, bucket, key, path, span, progress) })
}

func writes(suffix, text string) func(string) error {
	return func(path string) error { return os.WriteFile(path+suffix, []byte(text), 0o600) }
}

const downloadOver = `objects: [{bucket: demo, key: a.bin, content: whole}]
files: [{path: old.bin, content: old}]
client: {builtin: {retry: {max_attempts: 1}}}
steps: [{download: {bucket: demo, key: a.bin%s}}]
%s`

const (
	refusedOnce = "faults: [{times: 1, respond: {status: 403, code: AccessDenied}}]\n"
	overOld     = ", to: old.bin"
)

func TestFilesOfAStepAreJudged(t *testing.T) {
	for _, c := range []struct {
		name, script, kind, got string
		before, after           func(string) error
	}{
		{name: "a failure leaves no file", script: fmt.Sprintf(downloadOver, "", refusedOnce)},
		{name: "a failure leaves the old file", script: fmt.Sprintf(downloadOver, overOld, refusedOnce)},
		{
			name: "a failure leaves the whole object", script: fmt.Sprintf(downloadOver, overOld, refusedOnce),
			after: writes("", "whole"),
		},
		{
			name: "a failure leaves a part", script: fmt.Sprintf(downloadOver, "", refusedOnce),
			after: writes("", "who"), kind: "torn-file", got: "neither the old file nor demo/a.bin, whole",
		},
		{
			name: "a failure empties the old file", script: fmt.Sprintf(downloadOver, overOld, refusedOnce),
			before: writes("", ""), kind: "torn-file", got: "old.bin holds",
		},
		{
			name: "a failure removes the old file", script: fmt.Sprintf(downloadOver, overOld, refusedOnce),
			before: os.Remove, kind: "destroyed", got: "old.bin is gone",
		},
		{
			name: "a failure keeps its part for later", script: fmt.Sprintf(downloadOver, "", refusedOnce),
			after: writes(".part", "who"),
		},
		{
			name: "a success leaves a part", script: fmt.Sprintf(downloadOver, "", ""), after: writes(".part", "who"),
			kind: "leak", got: "left behind: the file .s3chaos-download-1.part beside .s3chaos-download-1",
		},
		{
			name: "a success leaves a part beside a named file", script: fmt.Sprintf(downloadOver, overOld, ""),
			after: writes("~", "who"), kind: "leak", got: "the file old.bin~ beside old.bin",
		},
		{
			name: "an upload leaves a copy", after: writes(".gz", "packed"),
			script: "client: {builtin: {}}\nsteps: [{upload: {bucket: demo, key: a.bin, size: 1}}]\n",
			kind:   "leak", got: "the file .s3chaos-upload-1.gz beside",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), oracleDrill(t, c.script), scenarios.Options{
				NewClient: func(config scenarios.ClientConfig) (scenarios.Client, error) {
					good, err := scenarios.NewBuiltin(config)
					return leaver{good, c.before, c.after}, err
				},
			})
			if c.kind == "" {
				require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
				return
			}
			require.Len(t, r.Reasons, 1, "%v", r.Reasons)
			require.Equal(t, c.kind, r.Reasons[0].Kind)
			require.Contains(t, r.Reasons[0].Got, c.got)
		})
	}
}
