package scenarios_test

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestDrillIsSkippedIfClientLacksAnOption(t *testing.T) {
	for text, option := range map[string]string{
		"delete_prefix: {bucket: demo, prefix: a}":                         "delete_prefix",
		"presign: {method: GET, bucket: demo, key: a}":                     "presign",
		"list: {bucket: demo, delimiter: /}":                               "options of a list",
		"list: {bucket: demo, start_after: a}":                             "options of a list",
		"list: {bucket: demo, versions: true}":                             "options of a list",
		"copy: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}": "copy",
		"delete: {bucket: demo, key: a, version: 1}":                       "version or condition of a deletion",
		"delete: {bucket: demo, key: a, if_match: current}":                "version or condition of a deletion",
		"download: {bucket: demo, key: a, version: 1}":                     "version or condition of a read",
		"stat: {bucket: demo, key: a, if_none_match: current}":             "version or condition of a read",
		"upload: {bucket: demo, key: a, size: 1, tags: {a: b}}":            "options of an upload",
		"upload_stream: {bucket: demo, key: a, size: 1, checksum: sha1}":   "options of an upload",
		"upload: {bucket: demo, key: a, from: in, resume_file: s}":         "upload that can be resumed",
		"{stat: {bucket: demo, key: a}, retry: {max_attempts: 2}}":         "retry policy of one step",
	} {
		if text[0] != '{' {
			text = "{" + text + "}"
		}
		text = "client: {builtin: {}}\nfiles: [{path: in, size: 1}]\nsteps: [" + text + "]\n"
		r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				client, err := scenarios.NewBuiltin(c)
				return stating{client, client.(scenarios.Statter)}, err
			},
		})
		require.Equal(t, scenarios.Skip, r.Verdict, "%s: %v", text, r.Reasons)
		require.Equal(t, "step 1: skip: the client has no "+option, r.Reasons[0].String())
	}
}

// stating has only the methods of Client and Statter.
type stating struct {
	scenarios.Client
	scenarios.Statter
}

// careful is the built-in client with all that it can do.
type careful interface {
	scenarios.Client
	scenarios.Statter
	scenarios.Getter
	scenarios.Presigner
	scenarios.PolicyChanger
}

// optionLiar ignores the options of its steps and reports success.
type optionLiar struct{ careful }

func (l optionLiar) UploadWith(
	ctx context.Context, bucket, key, path string, _ scenarios.UploadOptions, progress func(int64),
) error {
	return l.Upload(ctx, bucket, key, path, progress)
}

func (l optionLiar) UploadStreamWith(
	ctx context.Context, bucket, key string, s scenarios.Stream, _ scenarios.UploadOptions,
) error {
	return l.UploadStream(ctx, bucket, key, s)
}

func (l optionLiar) UploadResumable(
	_ context.Context, _, _, _, state string, _ scenarios.UploadOptions, _ func(int64),
) error {
	return os.WriteFile(state, nil, 0o600)
}

func (l optionLiar) ListWith(
	ctx context.Context, bucket, prefix string, maxKeys int, _ script.ListOptions,
) ([]string, error) {
	return l.List(ctx, bucket, prefix, maxKeys)
}

func (optionLiar) DeletePrefix(context.Context, string, string) ([]string, error) { return nil, nil }

func TestOracleFindsOptionsThatTheClientIgnores(t *testing.T) {
	for text, finding := range map[string]script.Finding{
		"upload: {bucket: demo, key: k, size: 1, content_type: text/html}":        script.LostWrite,
		"upload: {bucket: demo, key: k, size: 1, metadata: {owner: me}}":          script.LostWrite,
		"upload: {bucket: demo, key: k, size: 1, tags: {team: a}}":                script.LostWrite,
		"upload: {bucket: demo, key: k, size: 1, storage_class: STANDARD_IA}":     script.LostWrite,
		"upload: {bucket: demo, key: k, size: 1, checksum: sha256}":               script.LostWrite,
		"upload: {bucket: demo, key: k, size: 1, customer_key: ours}":             script.LostWrite,
		"upload_stream: {bucket: demo, key: k, size: 1, cache_control: no-store}": script.LostWrite,
		"upload: {bucket: demo, key: k, from: in, resume_file: s}":                script.LostWrite,
		"list: {bucket: demo, delimiter: /}":                                      script.WrongRead,
		"list: {bucket: demo, start_after: a/1}":                                  script.WrongRead,
		"list: {bucket: demo, versions: true}":                                    script.WrongRead,
		"delete_prefix: {bucket: demo, prefix: a/}":                               script.LostWrite,
	} {
		text = "client: {builtin: {}}\nfiles: [{path: in, size: 1}]\nobjects:\n" +
			"  - {bucket: demo, key: a/1, content: new, versions: [{content: old}]}\n" +
			"  - {bucket: demo, key: a/2, content: x}\nsteps:\n  - " + text + "\n"
		r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				client, err := scenarios.NewBuiltin(c)
				return optionLiar{client.(careful)}, err
			},
		})
		require.Equal(t, scenarios.Fail, r.Verdict, "%s: %v", text, r.Reasons)
		require.Equal(t, string(finding), r.Reasons[0].Kind, "%s: %v", text, r.Reasons)
	}
}

// reader reads the current version whatever it is asked for.
type reader struct{ careful }

func (r reader) Get(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (io.ReadCloser, error) {
	o.VersionID = ""
	return r.careful.Get(ctx, bucket, key, o)
}

func TestOracleFindsAnotherVersionThanWasAskedFor(t *testing.T) {
	const text = `client: {builtin: {}}
objects: [{bucket: demo, key: a, content: new, versions: [{content: old}]}]
steps:
  - get: {bucket: demo, key: a, version: 1}
`
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return reader{client.(careful)}, err
		},
	})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, string(script.WrongRead), r.Reasons[0].Kind)
}

func TestVersionThatIsNotThereIsAnErrorOfTheDrill(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a, content: new}]
steps:
  - get: {bucket: demo, key: a, version: 3}
`), scenarios.Options{})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[0].String(), "step 1: version 3 of an object with 1")
}

// An upload without its resume file that stays open is an orphan, also after a failed resume.
func TestOpenUploadIsAnOrphanUnlessItsResumeFileIsThere(t *testing.T) {
	const text = `client: {builtin: {part_size: 5MiB, concurrency: 1, retry: {max_attempts: 1}}}
files: [{path: in, size: 11MiB}]
steps:
  - upload: {bucket: demo, key: k, from: in, resume_file: s}
    expect: {outcome: failure}
faults:
  - match: {operation: UploadPart, part: 2}
    respond: {status: 503, code: SlowDown}
`
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return forgetful{client.(resumable)}, err
		},
	})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, string(script.OrphanUpload), r.Reasons[0].Kind)
}

type resumable interface {
	careful
	scenarios.Resumer
}

// forgetful loses its resume file.
type forgetful struct{ resumable }

func (f forgetful) UploadResumable(
	ctx context.Context, bucket, key, path, state string, o scenarios.UploadOptions, progress func(int64),
) error {
	err := f.resumable.UploadResumable(ctx, bucket, key, path, state, o, progress)
	_ = os.Remove(state) // the file is there after a failure only
	return err
}

func TestStepPolicyDoesNotChangeTheClient(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {retry: {max_attempts: 3, jitter: none}}}
objects: [{bucket: demo, key: a, content: x}]
steps:
  - {stat: {bucket: demo, key: a}, retry: {max_attempts: 1}, expect: {outcome: failure, attempts: 1}}
  - {stat: {bucket: demo, key: a}, expect: {outcome: failure, attempts: 3, waits: policy}}
faults: [{match: {}, respond: {status: 503, code: SlowDown}}]
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
