package profile

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

var (
	policies = flag.Int("policies", 3, "random policies that are read back")
	from     = flag.Uint64("from", 1, "seed of the first of them")
)

// A random policy, as the client has it.
type policy struct {
	attempts   int
	base, cap  time.Duration
	multiplier float64
	jitter     string
	ratio      float64 // 0: the kind has none
}

func randomPolicy(seed uint64) policy {
	r := rand.New(rand.NewPCG(seed, 20))
	p := policy{attempts: 2 + r.IntN(9), multiplier: 1 + float64(r.IntN(13))/6}
	p.base = time.Duration(float64(20*time.Millisecond) * (1 + 100*r.Float64()*r.Float64())).Round(time.Millisecond)
	p.cap = (p.base + time.Duration(float64(p.base)*100*r.Float64()*r.Float64())).Round(time.Millisecond)
	p.jitter = []string{"none", "additive", "full", "equal", "decorrelated", "proportional"}[r.IntN(6)]
	if p.jitter == "additive" || p.jitter == "proportional" {
		p.ratio = float64(1+r.IntN(20)) / 20
	}
	return p
}

func (p policy) yaml() string {
	text := fmt.Sprintf("{max_attempts: %d, initial_delay: %s, max_delay: %s, multiplier: %.4f, jitter: %s",
		p.attempts, p.base, p.cap, p.multiplier, p.jitter)
	if p.ratio > 0 {
		text += fmt.Sprintf(", jitter_ratio: %v", p.ratio)
	}
	return text + "}"
}

// The drills read back what the policy says: attempts exactly, numbers within three percent if they
// say that they know them, and the kind of jitter among the laws.
func TestRandomPoliciesAreReadBack(t *testing.T) {
	for seed := *from; seed < *from+uint64(*policies); seed++ {
		p := randomPolicy(seed)
		s, err := scenarios.Parse("policy.yaml", []byte(`version: 1
name: a policy
client: {builtin: {retry: `+p.yaml()+`}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{exists: {bucket: demo, key: k}}]
`))
		require.NoError(t, err, p.yaml())
		m := &meter{ctx: t.Context(), options: Options{Spec: &s.Client, Seed: 1}, profile: &Profile{}}
		got, err := m.schedule("", classes[0].failure, nil)
		require.NoError(t, err)
		for _, call := range got.Calls {
			require.Len(t, call, p.attempts-1, p.yaml())
		}
		assert.Empty(t, p.misread(got), "%d: %s: %+v", seed, p.yaml(), got.Reading)
	}
}

// misread returns what the schedule says of the policy that is wrong.
func (p policy) misread(s Schedule) string {
	const share = 0.03
	r := s.Reading
	if r.Cap.Known() && !r.Cap.Within(p.cap.Seconds(), share) {
		return "the cap"
	}
	if r.Multiplier.Known() && !r.Multiplier.Within(p.multiplier, share) {
		return "the multiplier"
	}
	for _, law := range r.Laws {
		switch {
		case law.Jitter != p.jitter:
		case law.Base.Known() && !law.Base.Within(p.base.Seconds(), share):
			return "the base"
		case p.ratio > 0 && law.Ratio.Known() && !law.Ratio.Within(p.ratio, share):
			return "the ratio"
		default:
			return ""
		}
	}
	return "the law"
}
