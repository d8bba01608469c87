package search_test

// The proof that a search finds what is wrong: defects of clients, each planted alone.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// quick are defects that one of the first scripts shows. S3CHAOS_HUNT=all plays all defects of the
// catalog's table, and names with commas between them play those.
var quick = []string{"tool-takes-short-for-whole", "tool-never-aborts"}

// unshown are the defects of the table that no script of a search shows, by the reason.
var unshown = map[string]string{
	"tool-joins-paths": "no script has a client with a prefix",
	"tool-checks-length-only": "the tool asks for no checksum, so that no client could know better: " +
		"only --lying shows it",
}

// most is how many scripts a planted defect may take.
const most = 10_000

// TestSearchFindsPlantedDefects logs for each defect the median of the numbers of scripts that its
// seeds took.
func TestSearchFindsPlantedDefects(t *testing.T) {
	wanted := quick
	if names := os.Getenv("S3CHAOS_HUNT"); names != "" {
		wanted = strings.Split(names, ",")
	}
	seeds := number(t, "S3CHAOS_HUNT_SEEDS", 1)
	limit := number(t, "S3CHAOS_HUNT_MOST", most)
	for _, d := range planted.All() {
		if !slices.Contains(wanted, d.Name) && (d.Base() == "declared" || !slices.Contains(wanted, "all")) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			if why := unshown[d.Name]; why != "" {
				t.Skip(why)
			}
			m := newMedian(seeds, limit)
			m.hunt(t, players(t, &d))
			t.Logf("planted %s: %v", d.Name, m)
			require.LessOrEqual(t, m.value(), limit)
			require.NoError(t, m.err)
		})
	}
}

// number returns the number in an environment variable.
func number(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := cmp.Or(os.Getenv(variable), strconv.Itoa(usual))
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}

// players returns the player of a client with the defect.
func players(t *testing.T, d *planted.Defect) beside {
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
	return p
}

// A median is the number of the first script that shows a defect, for several seeds.
type median struct {
	seeds, limit int

	mu    sync.Mutex
	first []int // of the seeds that have ended; limit+1: no script showed it
	sign  hunt.Signature
	small string // the smallest script of the first seed
	err   error
}

func newMedian(seeds, limit int) *median { return &median{seeds: seeds, limit: limit} }

// bound returns how many scripts another seed has to play: more do not change the median.
func (m *median) bound() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	middle := m.seeds / 2
	if len(m.first) <= middle {
		return m.limit
	}
	return min(m.limit, m.first[middle])
}

func (m *median) value() int { return m.first[len(m.first)/2] }

func (m *median) String() string {
	var numbers []string
	for _, n := range m.first {
		text := strconv.Itoa(n)
		if n == math.MaxInt {
			text = "more"
		}
		numbers = append(numbers, text)
	}
	middle, all := numbers[len(numbers)/2], strings.Join(numbers, " ")
	return fmt.Sprintf("median %s of [%s]: %s\n%s", middle, all, m.sign, m.small)
}

// hunt searches with each seed, as many at once as there are processors.
func (m *median) hunt(t *testing.T, p beside) {
	next := make(chan uint64)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := range next {
				m.note(firstFinding(t.Context(), p, seed, m.bound))
			}
		})
	}
	for seed := range m.seeds {
		next <- uint64(seed + 1)
	}
	close(next)
	all.Wait()
}

// note keeps the first finding of a seed, nil if the seed has none.
func (m *median) note(f *search.Found, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = errors.Join(m.err, err)
	number := math.MaxInt
	if f != nil {
		number = f.Number
		if m.small == "" || len(f.Script) < len(m.small) {
			m.sign, m.small = f.Fine, f.Script
		}
	}
	m.first = append(m.first, number)
	slices.Sort(m.first)
}

// firstFinding returns the finding of the first script that shows the defect, nil if none of the
// first scripts does. bound says how many they are.
func firstFinding(ctx context.Context, p beside, seed uint64, bound func() int) (*search.Found, error) {
	enough := errors.New("enough")
	r, err := search.Run(ctx, search.Config{
		Player: p, Seed: seed, Jobs: 1, Drills: 100,
		Each: func(s *search.Script) error {
			if len(s.Found) > 0 || s.Number >= bound() {
				return enough
			}
			return nil
		},
	})
	if errors.Is(err, enough) {
		err = nil
	}
	if len(r.Found) == 0 {
		return nil, err
	}
	return r.Found[0], err
}
