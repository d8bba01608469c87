package scenarios

import (
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/retry"
)

// The sizes that S3 allows to all parts but the last.
const (
	smallestPart Size = 5 << 20
	largestPart  Size = 5 << 30
)

func (v *validator) client() {
	s, c := v.s, &v.s.Client
	if !v.exactlyOne(&c.Block, "client", "builtin", "sdk", "run") {
		return
	}
	if c.Has("env") && !c.Has("run") {
		v.add(c.keySpan("env"), "", "client.env: only a run client has an environment")
	}
	for _, name := range sortedKeys(c.Env) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(c.Env[name], 0) {
			v.add(c.valueSpan("env"), "", "client.env: %q cannot stand in an environment", short(name))
		}
	}
	switch {
	case c.Has("run"):
		if s.read("clock") && s.Clock == Virtual {
			v.add(s.valueSpan("clock"), "", "clock: a program runs in real time")
		}
		if s.Has("steps") {
			v.add(s.keySpan("steps"), "", "steps: a run client has none; the program decides what it does")
		}
	case !s.Has("steps") && s.strange(): // one of the unknown keys may be meant
	case !s.Has("steps"):
		v.add(c.keySpan(c.Kind()), "", "a drill of the %s client needs steps", c.Kind())
	case s.read("steps") && len(s.Steps) == 0:
		v.add(s.keySpan("steps"), "", "steps: there are none")
	}
	if c.Builtin != nil {
		v.builtin(c.Builtin)
	}
}

func (v *validator) builtin(b *Builtin) {
	if b.read("part_size") && (b.PartSize < smallestPart || b.PartSize > largestPart) {
		v.add(b.valueSpan("part_size"), "", "client.builtin.part_size: S3 allows parts from %v to %v", smallestPart, largestPart)
	}
	r := &b.Retry
	if r.read("multiplier") && *r.Multiplier < 1 {
		v.add(r.valueSpan("multiplier"), "", "client.builtin.retry.multiplier: must be at least 1")
	}
	if r.read("jitter_ratio") && *r.JitterRatio > 1 {
		v.add(r.valueSpan("jitter_ratio"), "", "client.builtin.retry.jitter_ratio: must be at most 1")
	}
	if !b.read("retry") {
		return
	}
	before := v.count()
	if config, err := r.config(DefaultSeed); err != nil {
		v.add(b.keySpan("retry"), "", "client.builtin.retry: %s", oneLine(err))
	} else if _, err := retry.New(config); err != nil && v.count() == before {
		v.add(b.keySpan("retry"), "", "client.builtin.retry: %s", oneLine(err))
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
