package search_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/search"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// beside plays a client with a planted defect. It leaves out what the client without the defect
// does, too: that one is no perfect client.
type beside struct{ flawed, right *hunt.Player }

func (b beside) Find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	o := b.flawed.Find(ctx, s)
	if len(o.Findings) == 0 {
		return o
	}
	without := b.right.Find(ctx, s)
	o.Findings = slices.DeleteFunc(o.Findings, func(f hunt.Finding) bool {
		return slices.ContainsFunc(without.Findings, func(other hunt.Finding) bool { return other.Kind == f.Kind })
	})
	return o
}

func (b beside) Run(ctx context.Context, s *script.Scenario) *scenarios.Result {
	return b.flawed.Run(ctx, s)
}

// quick are defects that few scripts show. S3CHAOS_HUNT=all plays all defects of the catalog's
// table.
var quick = []string{"tool-takes-short-for-whole", "tool-streams-the-rest"}

// most is how many scripts a planted defect may take.
const most = 10_000

func TestSearchFindsPlantedDefects(t *testing.T) {
	all := os.Getenv("S3CHAOS_HUNT") == "all"
	seeds := 1
	if n, err := strconv.Atoi(os.Getenv("S3CHAOS_HUNT_SEEDS")); err == nil {
		seeds = n
	}
	for _, d := range planted.All() {
		if d.Base() == "declared" || !all && !slices.Contains(quick, d.Name) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			var numbers []int
			var last hunt.Signature
			for seed := range seeds {
				number, sign := firstFinding(t, &d, uint64(seed+1))
				numbers, last = append(numbers, number), sign
			}
			slices.Sort(numbers)
			t.Logf("planted %s: median %d of %v: %s", d.Name, numbers[len(numbers)/2], numbers, last)
			require.LessOrEqual(t, numbers[len(numbers)/2], most)
		})
	}
}

// firstFinding returns the number of the first script that shows the defect, most+1 if none does.
func firstFinding(t *testing.T, d *planted.Defect, seed uint64) (int, hunt.Signature) {
	t.Helper()
	s, err := script.Parse("x.yaml", []byte("version: 1\nname: x\nclient: {builtin: {}}\n"+
		"steps: [{exists: {bucket: demo, key: k}}]\n"))
	require.NoError(t, err)
	_, o, ok := d.Plant(s)
	if !ok {
		t.Skip("the client of a search cannot have the defect")
	}
	p := beside{&hunt.Player{New: o.NewClient}, &hunt.Player{New: d.Right().NewClient}}
	require.NoError(t, p.flawed.Prepare(t.Context()))
	require.NoError(t, p.right.Prepare(t.Context()))
	enough := errors.New("enough")
	r, err := search.Run(t.Context(), search.Config{
		Player: p, Seed: seed, Runs: most, Jobs: 1, Drills: 100,
		Each: func(s *search.Script) error {
			if len(s.Found) > 0 {
				return enough
			}
			return nil
		},
	})
	if len(r.Found) == 0 {
		require.NoError(t, err)
		return most + 1, ""
	}
	return r.Found[0].Number, r.Found[0].Fine
}
