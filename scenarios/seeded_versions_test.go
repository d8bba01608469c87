package scenarios_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The objects have older versions and delete markers. A client that reports them as the live
// objects is wrong, though S3 holds them.
const versioned = `objects:
  - {bucket: demo, key: a, content: new, versions: [{content: older one}, {content: old}]}
  - {bucket: demo, key: back, content: again, versions: [{content: old}, {deleted: true}]}
  - {bucket: demo, key: gone, deleted: true, versions: [{content: old}]}
client: {builtin: {}}
`

func TestOldVersionIsAWrongRead(t *testing.T) {
	delivers := func(content string) newClient {
		return with(func(_ scenarios.ClientConfig, f *flawed) {
			f.download = func(_ context.Context, _, _, path string, _ *scenarios.Range, _ func(int64)) error {
				return os.WriteFile(path, []byte(content), 0o600)
			}
			f.exists = func(_ context.Context, _, key string) (bool, error) { return content == "old", nil }
			f.list = func(context.Context, string, string, int) ([]string, error) {
				if content == "old" {
					return []string{"a", "back", "gone"}, nil
				}
				return []string{"a", "back"}, nil
			}
		})
	}
	for step, wrong := range map[string]string{
		"download: {bucket: demo, key: a}":    "old",
		"exists: {bucket: demo, key: gone}":   "old",
		"exists: {bucket: demo, key: back}":   "new",
		"list: {bucket: demo}":                "old",
		"download: {bucket: demo, key: gone}": "old",
	} {
		s := drill(t, versioned+"steps: [{"+step+"}]\nexpect: {outcome: any}\n")
		r := scenarios.Run(context.Background(), s, scenarios.Options{NewClient: delivers(wrong)})
		require.Contains(t, kinds(r), "wrong-read", "%s: %v", step, r.Reasons)
	}
}

func TestLiveVersionIsARightRead(t *testing.T) {
	s := drill(t, versioned+`steps:
  - download: {bucket: demo, key: a, to: a}
  - exists: {bucket: demo, key: gone}
  - exists: {bucket: demo, key: back}
  - stat: {bucket: demo, key: back}
  - list: {bucket: demo}
  - copy: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}
  - delete: {bucket: demo, key: a}
  - upload: {bucket: demo, key: gone, content: there}
  - list: {bucket: demo}
expect:
  files: [{path: a, content: new}]
  objects: [{bucket: demo, key: b, content: new}, {bucket: demo, key: gone, content: there}]
`)
	for _, client := range []string{"builtin", "sdk"} {
		r := scenarios.Run(context.Background(), s, scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}
