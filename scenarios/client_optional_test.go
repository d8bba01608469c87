package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const optionalSteps = `client: {builtin: {}}
objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
  - {bucket: demo, key: c.bin, size: 1KiB}
steps:
  - stat: {bucket: demo, key: a.bin}
  - copy: {from: {bucket: demo, key: a.bin}, to: {bucket: demo, key: "b +c%.bin"}}
  - delete_many: {bucket: demo, keys: [a.bin, c.bin]}
  - list: {bucket: demo}
    expect: {keys: ["b +c%.bin"]}
expect: {attempts: {of: CopyObject, exactly: 1}}
`

func TestStatCopyAndDeleteManyPassWithEachClient(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		r := scenarios.Run(t.Context(), drill(t, optionalSteps), scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

func TestClientPrefixAppliesToCopies(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {prefix: p/}}
steps:
  - upload: {bucket: demo, key: a.bin, size: 1KiB}
  - copy: {from: {bucket: demo, key: a.bin}, to: {bucket: demo, key: b.bin}}
  - stat: {bucket: demo, key: b.bin}
  - delete_many: {bucket: demo, keys: [a.bin]}
  - list: {bucket: demo}
    expect: {keys: [b.bin]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

// bare has only the methods of Client.
type bare struct{ scenarios.Client }

func TestDrillIsSkippedIfClientLacksAnOperation(t *testing.T) {
	for text, operation := range map[string]string{
		"stat: {bucket: demo, key: a.bin}":                                 "stat",
		"copy: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}": "copy",
		"move: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}": "move",
		"delete_many: {bucket: demo, keys: [a.bin]}":                       "delete_many",
	} {
		r := scenarios.Run(t.Context(), drill(t, "client: {builtin: {}}\nsteps:\n  - "+text+"\n"), scenarios.Options{
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				client, err := scenarios.NewBuiltin(c)
				return bare{client}, err
			},
		})
		require.Equal(t, scenarios.Skip, r.Verdict, "%v", r.Reasons)
		require.Equal(t, "step 1: skip: the client has no "+operation, r.Reasons[0].String())
	}
}

// liar reports success without doing anything, and a size that no object has.
type liar struct{ scenarios.Client }

func (liar) Stat(context.Context, string, string) (int64, error)        { return 5, nil }
func (liar) Copy(context.Context, string, string, string, string) error { return nil }
func (liar) Move(context.Context, string, string, string, string) (bool, error) {
	return true, nil
}
func (liar) DeleteMany(context.Context, string, []string) ([]string, error) { return nil, nil }

func TestOracleFindsFalseResultsOfStatCopyAndDeleteMany(t *testing.T) {
	for text, finding := range map[string]script.Finding{
		"stat: {bucket: demo, key: a.bin}":                                         script.WrongRead,
		"copy: {from: {bucket: demo, key: a.bin}, to: {bucket: demo, key: b.bin}}": script.LostWrite,
		"move: {from: {bucket: demo, key: a.bin}, to: {bucket: demo, key: b.bin}}": script.LostWrite,
		"delete_many: {bucket: demo, keys: [a.bin]}":                               script.LostWrite,
	} {
		text = "client: {builtin: {}}\nobjects: [{bucket: demo, key: a.bin, size: 1KiB}]\nsteps:\n  - " + text +
			"\n  - exists: {bucket: demo, key: a.bin}\n"
		r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				client, err := scenarios.NewBuiltin(c)
				return liar{client}, err
			},
		})
		require.Equal(t, scenarios.Fail, r.Verdict, "%s: %v", text, r.Reasons)
		require.Equal(t, string(finding), r.Reasons[0].Kind)
	}
}

func TestCopyOfConcurrentlyOverwrittenSourceMayHoldEither(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a.bin, size: 1KiB}]
steps:
  - parallel:
      - copy: {from: {bucket: demo, key: a.bin}, to: {bucket: demo, key: b.bin}}
      - upload: {bucket: demo, key: a.bin, size: 2KiB}
    expect: {outcome: any}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
