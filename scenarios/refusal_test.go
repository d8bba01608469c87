package scenarios_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An error is of the kind "invalid" if the client made no attempt and nothing else explains it.
func TestRefusalIsAFailureWithoutAnAttempt(t *testing.T) {
	const invalid = "    expect: {error: {kind: invalid}}\n"
	for name, c := range map[string]struct {
		text string
		want scenarios.Verdict
	}{
		"a name that no header can have": {
			"steps:\n  - upload: {bucket: demo, key: k, content: x, metadata: {\"a b\": c}}\n" + invalid,
			scenarios.Pass,
		},
		"a policy that makes no sense": {
			"steps:\n  - stat: {bucket: demo, key: k}\n    retry: {multiplier: 0.5}\n" + invalid, scenarios.Pass,
		},
		"a raw step sends, and the client refuses": {
			"steps:\n  - raw: {send: [\"GET /demo/a HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"], then: close}\n" +
				"  - upload: {bucket: demo, key: k, content: x, content_type: \"a\\nb\"}\n" + invalid, scenarios.Pass,
		},
		"a raw step is refused a connection, and the client refuses": {
			"steps:\n  - raw: {send: []}\n" +
				"  - upload: {bucket: demo, key: k, content: x, content_type: \"a\\nb\"}\n" + invalid +
				"faults: [{match: {}, refuse: {}}]\n", scenarios.Pass,
		},
		"right input": {
			"steps:\n  - upload: {bucket: demo, key: k, content: x, metadata: {a: b}}\n" + invalid, scenarios.Fail,
		},
		"S3 refuses": {
			"steps:\n  - download: {bucket: demo, key: gone}\n" + invalid, scenarios.Fail,
		},
		"no connection": {
			"steps:\n  - upload: {bucket: demo, key: k, content: x}\n" + invalid +
				"faults: [{match: {}, refuse: {}}]\n", scenarios.Fail,
		},
		"the breaker is open": {
			"steps:\n  - upload: {bucket: demo, key: k, content: x}\n    expect: {outcome: failure}\n" +
				"  - upload: {bucket: demo, key: k, content: x}\n" + invalid +
				"faults: [{match: {}, respond: {status: 503}}]\nexpect: {outcome: any}\n", scenarios.Fail,
		},
	} {
		t.Run(name, func(t *testing.T) {
			const client = "client: {builtin: {retry: {breaker: {window: 1m, min_attempts: 1, open_for: 1h}}}}\n"
			r := scenarios.Run(t.Context(), drill(t, client+c.text), scenarios.Options{})
			assert.Equal(t, c.want, r.Verdict, "%v", r.Reasons)
		})
	}
}

// What a client cannot be made of is a failure of each step only where the file says so.
func TestClientThatCannotBeMade(t *testing.T) {
	const steps = "client: {builtin: {prefix: ../a}}\nsteps:\n  - exists: {bucket: demo, key: k}\n" +
		"  - stat: {bucket: demo, key: k}\n"
	s := drill(t, steps+"expect: {error: {kind: invalid, text: '*prefix*'}}\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	for _, step := range r.Steps {
		assert.Equal(t, script.KindPermanent, step.ErrorKind, "an invalid prefix is an invalid key")
	}

	r = scenarios.Run(t.Context(), drill(t, steps), scenarios.Options{})
	assert.Equal(t, scenarios.Error, r.Verdict, "the file does not expect it")

	made := drill(t, "client: {builtin: {prefix: a}}\nsteps: [{exists: {bucket: demo, key: k}}]\n"+
		"expect: {error: {kind: invalid}}\n")
	r = scenarios.Run(t.Context(), made, scenarios.Options{})
	assert.Equal(t, scenarios.Fail, r.Verdict, "the client is right")
}

// A drill is judged by its journal: a client whose error claims nothing was sent has sent it.
func TestRefusalIsNotWhatTheClientSays(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps:\n  - upload: {bucket: demo, key: k, content: x}\n"+
		"    expect: {error: {kind: invalid}}\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.upload = func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
			return errors.Join(errors.New("invalid: nothing was sent"), good.Upload(ctx, bucket, key, path, progress))
		}
	})})
	assert.Equal(t, scenarios.Fail, r.Verdict)
	r = scenarios.Run(t.Context(), s, scenarios.Options{NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
		f.upload = func(context.Context, string, string, string, func(int64)) error { return errors.New("no") }
	})})
	assert.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
