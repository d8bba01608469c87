package sweep_test

// The proof that a sweep finds what is wrong: each planted defect is found, or says why it is not.

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/sweep"
)

// shown are the workload and the kind of fault that show a defect. Some defects show without a
// fault.
var shown = map[string][2]string{
	"asks-twice":                   {"object", "respond"},
	"begins-again":                 {"resume", "respond"},
	"believes-200":                 {"copy", "respond"},
	"believes-every-status":        {"object", "edit"},
	"believes-lost-writes":         {"multipart", "timeout"},
	"blames-no-key":                {"delete", "delete_errors"},
	"checks-no-checksum":           {"object", "corrupt"},
	"cuts-streams":                 {"stream", "respond"},
	"damages-files":                {"object", "respond"},
	"deletes-first":                {"conditional", "respond"},
	"does-nothing":                 {"object", "respond"},
	"drops-a-key":                  {"list", "respond"},
	"first-page-only":              {"list", "respond"},
	"gives-up-on-5xx":              {"object", "respond"},
	"gives-up-on-network-errors":   {"object", "reset_peer"},
	"goes-on-after-the-end":        {"object", "respond"},
	"has-no-attempt-timeout":       {"object", "timeout"},
	"ignores-ranges":               {"ranges", "respond"},
	"invents-a-key":                {"list", "respond"},
	"joins-slashes":                {"keys", "respond"},
	"leaves-a-goroutine":           {"object", "respond"},
	"leaves-half-files":            {"object", "respond"},
	"leaves-temporary-files":       {"object", "respond"},
	"leaves-uploads":               {"multipart", "respond"},
	"lies-about-deletes":           {"object", "respond"},
	"loops-below":                  {"copy", "respond"},
	"never-retries":                {"copy", "respond"},
	"never-waits":                  {"object", "respond"},
	"outlives-its-caller":          {"resume", "timeout"},
	"reports-success":              {"ranges", "respond"},
	"sees-everything":              {"keys", "respond"},
	"sees-nothing":                 {"keys", "respond"},
	"shortens-files":               {"object", "respond"},
	"sleeps-after-the-end":         {"object", "respond"},
	"stores-half":                  {"object", "respond"},
	"takes-cut-for-whole":          {"object", "close_early"},
	"tool-believes-200":            {"multipart", "ok_with_error"},
	"tool-checks-only-with-length": {"object", "close_early"},
	"tool-completes-once":          {"multipart", "respond"},
	"tool-joins-paths":             {"keys", "respond"},
	"tool-knows-few-errnos":        {"object", "refuse"},
	"tool-never-aborts":            {"multipart", "respond"},
	"tool-progress-restarts":       {"object", "reset_peer"},
	"tool-takes-short-for-whole":   {"object", "close_early"},
	"unconditional":                {"conditional", "replace"},
	"waits-too-long":               {"object", "respond"},
}

// missed are the defects that a sweep does not find, by the reason.
var missed = map[string][]string{
	"no form of a fault is a page with the status 404, which a hunt draws": {
		"believes-every-sender",
	},
	"an ETag is no checksum, and the planted client asks for none: only --lying shows it": {
		"tool-checks-length-only",
	},
	"no law is about a whole operation that is done twice": {
		"repeats-itself",
	},
	"the planted client lacks a step of each workload that could show it": {
		"tool-blames-itself",
		"tool-streams-once",
		"tool-streams-the-rest",
	},
	"the policy of a client is its own choice: chaos profile measures it": {
		"has-a-short-attempt-timeout",
		"has-no-breaker",
		"has-no-budget",
		"has-no-cap",
		"has-no-jitter",
		"has-no-time-limit",
		"has-one-policy",
		"has-other-jitter",
		"ignores-hints",
		"obeys-every-hint",
		"tool-jitters-after-the-cap",
		"tool-overflows",
		"retries-permanent",
		"tool-ignores-marks",
		"tool-reads-eof-anywhere",
	},
	"needs two faults, or one that strikes again and again, as in a hunt": {
		"tool-splices",
		"one-attempt-less",
		"one-attempt-more",
		"retries-for-ever",
		"tool-layers-multiply",
		"tool-sleeps-after-the-last",
		"tries-again-itself",
		"waits-always-alike",
	},
	"the shape of requests is the choice of a client": {
		"copies-in-one-request",
		"does-not-split",
		"no-pool",
		"waits-for-no-go-ahead",
	},
	"a failure that the client admits is no finding": {
		"refuses-emptiness",
		"reports-failure",
		"ignores-the-clock",
		"ignores-the-region",
		"loses-the-cause",
	},
	"no built-in workload has such a step, file or object": {
		"changes-what-it-signed",
		"deletes-what-begins-alike",
		"drops-what-is-refused",
		"forgets-options",
		"forgets-the-checksum",
		"ignores-the-delimiter",
		"keeps-first-credentials",
		"lists-from-the-start",
		"lists-no-versions",
		"makes-a-file-of-its-own",
		"mirror-believes-200",
		"mirror-goes-on-after-the-end",
		"mirror-goes-past-failures",
		"mirror-trusts-any-list",
		"miscounts",
		"reads-the-newest",
		"reads-the-whole",
		"removes-the-old-file",
		"signs-for-longer",
		"signs-without-options",
		"takes-a-refusal-for-nothing",
		"takes-an-error-for-the-end",
		"takes-any-settings",
		"tool-aborts-with-a-dead-context",
		"tool-sleeps-past-the-deadline",
		"tool-truncates-first",
		"unpacks-gzip",
	},
	"no built-in workload has a call": {
		"engine-believes-a-forgetful-loop",
		"engine-believes-no-mark",
		"engine-closes-no-result",
		"engine-ends-no-attempt",
		"engine-forgets-attempts",
		"engine-forgets-the-hint",
		"engine-has-no-attempt-timeout",
		"engine-hedges-every-call",
		"engine-ignores-the-caller",
		"engine-ignores-the-operator",
		"engine-loses-the-cause",
		"engine-loses-the-result",
		"engine-makes-a-hundred-attempts",
		"engine-makes-one-attempt",
		"engine-never-hedges",
		"engine-numbers-from-zero",
		"engine-reads-no-texts",
		"engine-reads-texts-only",
		"engine-retries-the-canceled",
		"engine-retries-what-is-final",
		"engine-retries-what-it-does-not-know",
		"engine-says-nothing",
		"engine-stays-when-its-caller-leaves",
		"engine-swallows-the-last-error",
		"engine-takes-all-faults-alike",
		"engine-takes-any-policy",
		"engine-waits-too-short",
	},
	"a sweep expects nothing of the log, and of progress only that it does not go back": {
		"counts-bytes-twice",
		"repeats-its-progress",
		"says-nothing",
	},
	"no built-in workload is played by a program": {
		"careless-and-idle",
		"careless-of-atomicity",
		"careless-of-errors",
		"careless-of-goroutines",
		"careless-of-its-end",
		"careless-of-nothing",
		"careless-of-status",
		"program-dies-slowly",
		"program-does-nothing",
		"program-only-asks",
	},
}

// sampled are the defects of an ordinary test run.
var sampled = []string{"asks-twice", "begins-again", "loops-below", "never-retries", "reports-success"}

func TestEachPlantedDefectIsShownOrHasAReason(t *testing.T) {
	for _, d := range planted.All() {
		_, found := shown[d.Name]
		reasons := 0
		for _, names := range missed {
			if slices.Contains(names, d.Name) {
				reasons++
			}
		}
		require.Equal(t, !found, reasons == 1, d.Name)
		require.LessOrEqual(t, reasons, 1, d.Name)
	}
}

// TestSweepFindsPlantedDefects: a sample, or all with S3CHAOS_SWEEP=all.
func TestSweepFindsPlantedDefects(t *testing.T) {
	for _, d := range planted.All() {
		where, known := shown[d.Name]
		if !known || os.Getenv("S3CHAOS_SWEEP") != "all" && !slices.Contains(sampled, d.Name) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			w, err := sweep.Find(where[0])
			require.NoError(t, err)
			_, o, ok := d.Plant(w.Scenario)
			require.True(t, ok)
			c := sweep.Config{Kinds: []string{where[1]}}
			r := run(t, &hunt.Player{Client: d.Name, New: o.NewClient}, c, where[0])
			found := signatures(r)
			if d.Base() != "declared" { // the client has findings without the defect
				without := run(t, &hunt.Player{Client: d.Base(), New: d.Right().NewClient}, c, where[0])
				own := signatures(without)
				found = slices.DeleteFunc(found, func(s hunt.Signature) bool { return slices.Contains(own, s) })
			}
			require.NotEmpty(t, found, r.Unplayed)
			t.Log(found[0])
		})
	}
}

func signatures(r *sweep.Report) (all []hunt.Signature) {
	for _, f := range r.Found {
		all = append(all, f.Coarse())
	}
	return all
}
