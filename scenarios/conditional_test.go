package scenarios_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const threeCreators = `client: {%s: {}}
steps:
  - parallel:
      - upload: {bucket: demo, key: k, size: 4KiB, if_none_match: "*"}
      - upload: {bucket: demo, key: k, size: 4KiB, if_none_match: "*"}
      - upload_stream: {bucket: demo, key: k, size: 4KiB, if_none_match: "*"}
    expect: {succeed: %s}
`

func TestExactlyOneOfThreeCreatorsSucceeds(t *testing.T) {
	for _, client := range []string{"builtin", "sdk", "careless"} {
		for bound, verdict := range map[string]scenarios.Verdict{
			"1": scenarios.Pass, "{min: 1}": scenarios.Pass, "{between: [1, 2]}": scenarios.Pass,
			"2": scenarios.Fail, "0": scenarios.Fail, "{min: 2}": scenarios.Fail,
		} {
			t.Run(client+" "+bound, func(t *testing.T) {
				s := drill(t, fmt.Sprintf(threeCreators, client, bound))
				r := scenarios.Run(t.Context(), s, scenarios.Options{})
				require.Equal(t, verdict, r.Verdict, "%v", r.Reasons)
				if verdict == scenarios.Fail {
					require.Equal(t, []string{"succeed"}, kinds(r))
					require.Contains(t, r.Reasons[0].Got, "1 of 3: steps 1.")
				}
			})
		}
	}
}

func TestConditionalWritersHaveOneJournal(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		requireOneJournal(t, drill(t, fmt.Sprintf(threeCreators, client, "1")), repetitions(t, 9))
	}
}

func TestCompareAndSetTakesTheETagOfBeforeTheParallel(t *testing.T) {
	for _, client := range []string{"builtin", "sdk", "careless"} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(`objects: [{bucket: demo, key: k, content: old}]
client: {%s: {}}
steps:
  - parallel:
      - upload: {bucket: demo, key: k, content: one, if_match: current}
      - upload: {bucket: demo, key: k, content: two, if_match: current}
    expect: {succeed: 1}
  - upload_stream: {bucket: demo, key: k, content: three, if_match: current}
  - upload: {bucket: demo, key: k, content: four, if_match: '"0123"'}
    expect: {outcome: failure}
  - upload: {bucket: demo, key: none, content: five, if_match: current}
    expect: {outcome: failure}
expect: {objects: [{bucket: demo, key: k, content: three}]}
`, client)), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

// Two writers report that they created the same key. The oracle finds it although the key holds
// what one of them wrote.
func TestSecondCreatorIsALostWrite(t *testing.T) {
	dropsTheCondition := with(func(c scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.stream = func(ctx context.Context, bucket, key string, s scenarios.Stream) error {
			s.IfNoneMatch, s.IfMatch = "", ""
			return good.UploadStream(ctx, bucket, key, s)
		}
	})
	for condition, text := range map[string]string{
		`if_none_match: "*"`: `acknowledged with if_none_match: "*" as 4096 bytes`,
		`if_match: current`:  `acknowledged with if_match: "`,
	} {
		seeded := ""
		if condition == "if_match: current" {
			seeded = "objects: [{bucket: demo, key: k, size: 1KiB}]\n"
		}
		s := drill(t, seeded+fmt.Sprintf(`client: {builtin: {}}
steps:
  - parallel:
      - upload_stream: {bucket: demo, key: k, size: 4KiB, %s}
      - upload_stream: {bucket: demo, key: k, size: 4KiB, %s}
`, condition, condition))
		r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: dropsTheCondition})
		require.Equal(t, []string{string(script.LostWrite)}, kinds(r), "%v", r.Reasons)
		require.Contains(t, r.Reasons[0].Got, text)
	}
}

// onlyRequired has no optional operation.
type onlyRequired struct{ scenarios.Client }

func TestConditionalUploadSkipsAClientWithoutIt(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(threeCreators, "builtin", "1")), scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewSDK(c)
			return onlyRequired{client}, err
		},
	})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Equal(t, "the client has no conditional upload", r.Reasons[0].Got)
}
