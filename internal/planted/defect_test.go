package planted_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

// some are defects of each kind, with a drill that must fail for them.
var some = map[string]string{
	"careless-of-nothing":            "oracle/lost-write",
	"checks-no-checksum":             "corrupt/flipped-bytes",
	"careless-and-idle":              "oracle/destroyed-keep",
	"refuses-emptiness":              "empty/suffix-answered-206",
	"counts-bytes-twice":             "progress/every-transfer@upload.cut-early",
	"repeats-its-progress":           "progress/every-transfer@download.cut-late",
	"says-nothing":                   "log/every-line@retried-get",
	"takes-any-settings":             "invalid/client@part-of-6-gib",
	"drops-what-is-refused":          "invalid/metadata@line-break-in-a-value",
	"reads-the-whole":                "range/one-part@middle-by-get.early",
	"signs-without-options":          "credentials/presigned-with-options@put-type",
	"takes-an-error-for-the-end":     "stream/source-fails@panics-in-the-second-part.once",
	"makes-a-file-of-its-own":        "stream/mode-of-the-file@owner-only",
	"mirror-believes-200":            "sync/up-surplus-refused",
	"mirror-goes-on-after-the-end":   "sync/forged-empty-list",
	"mirror-goes-past-failures":      "sync/one-file-fails-and-others-go",
	"mirror-trusts-any-list":         "sync/list-is-cut",
	"deletes-first":                  "copy/move-copy-unknown",
	"never-retries":                  "retry/503-twice",
	"reports-success":                "permanent/403-access-denied",
	"tool-layers-multiply":           "storm/one-loop",
	"engine-swallows-the-last-error": "engine/delays@exponential",
}

func TestDefectFailsItsDrill(t *testing.T) {
	all := map[string]planted.Defect{}
	for _, d := range planted.All() {
		require.NotContains(t, all, d.Name, "two defects have this name")
		require.NotEmpty(t, d.About, d.Name)
		all[d.Name] = d
	}
	for name, id := range some {
		t.Run(name, func(t *testing.T) {
			entry, err := scenarios.Find(id)
			require.NoError(t, err)
			s, err := entry.Scenario()
			require.NoError(t, err)
			d := all[name]
			r := scenarios.Run(context.Background(), s, d.Right())
			require.Equal(t, scenarios.Pass, r.Verdict, "without the defect: %v", r.Reasons)
			s, o, ok := d.Plant(s)
			require.True(t, ok)
			r = scenarios.Run(context.Background(), s, o)
			require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
		})
	}
}
