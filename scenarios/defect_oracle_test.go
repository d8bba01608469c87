package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

// The client is correct and S3 is not. The oracle knows what S3 acknowledged, whatever the client
// reports.
func TestOracleFindsDefectsOfS3(t *testing.T) {
	const (
		seeded = "objects: [{bucket: demo, key: k, content: the old}, {bucket: demo, key: other, content: another}]\n"
		head   = "client: {builtin: {part_size: 5MiB, retry: {max_attempts: 1}}}\nsteps:\n"
	)
	for _, c := range []struct {
		defect string
		text   string
		fake   mutation
		kinds  []string
		says   string
	}{
		{
			"keeps nothing", head + "  - upload: {bucket: demo, key: k, size: 32KiB}\n", keepsNothing,
			[]string{"lost-write"},
			"but holds no object",
		},
		{
			"keeps what was there before", seeded + head + "  - upload: {bucket: demo, key: k, content: the new}\n",
			keepsNothing,
			[]string{"lost-write"},
			`demo/k was acknowledged as "the new", but holds "the old"`,
		},
		{
			"keeps half", head + "  - upload: {bucket: demo, key: k, content: the new}\n", keepsHalf,
			[]string{"lost-write"},
			`demo/k was acknowledged as "the new", but holds "the"`,
		},
		{
			"keeps half of what it refuses", head + "  - upload: {bucket: demo, key: k, content: the new}\n",
			keepsHalfAndRefuses,
			[]string{"torn-object"},
			`demo/k held "the", while step 1 wrote "the new"`,
		},
		{
			"shows half for a while", head + "  - upload: {bucket: demo, key: k, content: the new}\n", growsInSteps,
			[]string{"torn-object"},
			`demo/k held "the", while step 1 wrote "the new"`,
		},
		{
			"takes back a write", seeded + head + "  - upload: {bucket: demo, key: k, content: the new}\n" +
				"  - exists: {bucket: demo, key: k}\n", undoes(),
			[]string{"lost-write"},
			`demo/k was acknowledged as "the new", but holds "the old"`,
		},
		{
			"takes back the second of two writes", head + "  - upload: {bucket: demo, key: k, content: one}\n" +
				"  - upload: {bucket: demo, key: k, content: two}\n" +
				"  - exists: {bucket: demo, key: k}\n", undoes(),
			[]string{"lost-write"},
			`demo/k was acknowledged as "two", but holds "one"`,
		},
		{
			"keeps what is deleted", seeded + head + "  - delete: {bucket: demo, key: k}\n", keepsDeleted,
			[]string{"lost-write"},
			`demo/k was acknowledged as no object, but holds "the old"`,
		},
		{
			"keeps an aborted upload", head + "  - upload: {bucket: demo, key: k, size: 6MiB}\nfaults:\n  - {match: {part: 2}, respond: {status: 403, code: AccessDenied}}\n", keepsUploads,
			[]string{"orphan-upload"},
			"the multipart upload of demo/k was left open",
		},
		{
			"answers with another object", seeded + head + "  - download: {bucket: demo, key: k}\n", mixesUp,
			[]string{"wrong-read"},
			`demo/k was read as "another", but held "the old"`,
		},
		{
			"denies an object", seeded + head + "  - exists: {bucket: demo, key: k}\n", deniesAll,
			[]string{"wrong-read"},
			"demo/k is missing, but it was there all the time",
		},
		{
			"lists what is not there", seeded + head + "  - list: {bucket: demo}\n", listsGhosts,
			[]string{"wrong-read"},
			"the list of demo holds ghost, which was not there",
		},
	} {
		t.Run(c.defect, func(t *testing.T) {
			right := scenarios.Run(context.Background(), oracleDrill(t, c.text),
				scenarios.Options{NewClient: planted.WithFlaw(planted.Flawless)})
			require.Equal(t, scenarios.Pass, right.Verdict, "a right S3: %v", right.Reasons)

			wrong := scenarios.Run(context.Background(), oracleDrill(t, c.text),
				scenarios.Options{NewClient: planted.WithFlaw(planted.Flawless), WrapUpstream: c.fake.wrap})
			require.Equal(t, scenarios.Fail, wrong.Verdict)
			require.Equal(t, c.kinds, kinds(wrong), "%v", wrong.Reasons)
			require.Contains(t, told(wrong), c.says)
			require.Equal(t, 1, scenarios.ExitCode([]*scenarios.Result{wrong}))
		})
	}
}
