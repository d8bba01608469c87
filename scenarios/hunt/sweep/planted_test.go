package sweep_test

// The proof that a sweep finds what is wrong: each planted defect is found, or says why it is not.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/sweep"
)

// missed are the defects that a sweep does not find, with the reason.
var missed = map[string]string{}

// sampled are the defects of an ordinary test run, with the workload and the kind of fault.
var sampled = map[string][2]string{
	"reports-success": {"ranges", "respond"},
	"never-retries":   {"copy", "respond"},
	"loops-below":     {"copy", "respond"},
	"asks-twice":      {"ranges", "respond"},
	"begins-again":    {"resume", "respond"},
}

// The workloads of the proof, the cheap ones first.
var works = []string{"object", "list", "ranges", "delete", "copy", "conditional", "writers", "multipart", "resume"}

// TestSweepFindsPlantedDefects: a sample, or all defects with S3CHAOS_SWEEP=all.
func TestSweepFindsPlantedDefects(t *testing.T) {
	for _, d := range planted.All() {
		few, in := sampled[d.Name]
		all := os.Getenv("S3CHAOS_SWEEP") == "all"
		if !in && !all {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			var found hunt.Signature
			if all {
				found = findPlanted(t, &d, works, faultproxy.Kinds())
			} else {
				found = findPlanted(t, &d, few[:1], few[1:])
			}
			if why := missed[d.Name]; why != "" {
				require.Empty(t, found, "missed says: %s", why)
				t.Skipf("not found: %s", why)
			}
			require.NotEmpty(t, found)
			t.Logf("planted %s: %s", d.Name, found)
		})
	}
}

// findPlanted returns the first finding in a client with the defect, or "" if no workload has one.
func findPlanted(t *testing.T, d *planted.Defect, works, kinds []string) hunt.Signature {
	t.Helper()
	for _, name := range works {
		w, err := sweep.Find(name)
		require.NoError(t, err)
		_, o, ok := d.Plant(w.Scenario)
		if !ok {
			continue
		}
		for _, kind := range kinds {
			r := run(t, &hunt.Player{Client: d.Name, New: o.NewClient}, sweep.Config{Kinds: []string{kind}}, name)
			for _, f := range r.Found {
				return f.Coarse()
			}
		}
	}
	return ""
}
