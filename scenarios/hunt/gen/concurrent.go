// Package gen draws random scenarios from a seed: [Concurrent] for scenarios whose requests share
// connections and instants, and [Swarm] for a search. A [Script] prints as a scenario file.
//
// The same seed gives the same script. Each script is a valid scenario file. Every rule in it is
// optional, so that a rule that matches no request does not make the drill vacuous.
package gen

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	bucket   = "demo"
	large    = "a.bin"
	small    = "b.bin"
	largeLen = 64 << 10
)

// Concurrent draws a scenario in which several steps run together: ranges of one key, whole
// objects, multipart uploads with their own concurrency, lists, deletes and repeats, under one to
// four rules of any fault.
func Concurrent(seed uint64) *Script {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x67656e))}
	s := &Script{
		Name: fmt.Sprintf("random %d", seed),
		Seed: g.Uint64N(1000),
		Objects: []Map{
			{{"bucket", bucket}, {"key", large}, {"size", largeLen}},
			{{"bucket", bucket}, {"key", small}, {"size", 1000}},
		},
		Client: g.client(),
	}
	if g.chance(0.7) { // later steps then find pooled connections
		s.Steps = append(s.Steps, g.together(1+g.IntN(3)))
	}
	s.Steps = append(s.Steps, g.together(2+g.IntN(8)))
	if g.chance(0.3) {
		s.Steps = append(s.Steps, Map{{"wait", g.duration(10 * time.Second)}}, g.together(2+g.IntN(5)))
	}
	for range 1 + g.IntN(4) {
		s.Rules = append(s.Rules, g.rule())
	}
	return s
}

// generator draws the parts of a script.
type generator struct {
	*rand.Rand
	steps int // the number of steps drawn so far; it names the next step
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

// duration draws from a millisecond up to limit, in whole milliseconds.
func (g *generator) duration(limit time.Duration) time.Duration {
	return time.Duration(1+g.Int64N(int64(limit/time.Millisecond))) * time.Millisecond
}

func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

func (g *generator) client() Map {
	if g.chance(0.3) {
		sdk := Map{{"mode", pick(g, "standard", "standard", "adaptive", "off")}}
		if sdk.Get("mode") != "off" {
			sdk = append(sdk, Field{"max_attempts", 2 + g.IntN(4)})
		}
		if g.chance(0.5) {
			sdk = append(sdk, Field{"attempt_timeout", g.duration(5 * time.Second)})
		}
		if g.chance(0.5) {
			sdk = append(sdk, Field{"part_size", "5MiB"}, Field{"concurrency", 1 + g.IntN(4)})
		}
		return Map{{"sdk", sdk}}
	}
	retry := Map{
		{"max_attempts", 1 + g.IntN(7)},
		{"initial_delay", g.duration(time.Second)},
		{"jitter", pick(g, "none", "none", "full", "equal", "additive", "decorrelated")},
	}
	if g.chance(0.6) {
		retry = append(retry, Field{"attempt_timeout", g.duration(5 * time.Second)})
	}
	if g.chance(0.4) {
		retry = append(retry, Field{"budget", Map{{"tokens", 5 + g.IntN(40)}, {"retry_cost", 1 + g.IntN(10)}}})
	}
	builtin := Map{{"retry", retry}}
	if g.chance(0.7) {
		builtin = append(builtin, Field{"concurrency", 1 + g.IntN(4)})
	}
	return Map{{"builtin", builtin}}
}

// together draws n steps and returns one parallel step that holds them.
func (g *generator) together(n int) Map {
	var steps List
	for range n {
		step := g.step()
		if g.chance(0.2) {
			step = Map{{"repeat", Map{{"times", 2 + g.IntN(3)}, {"step", step}}}}
		}
		steps = append(steps, step)
	}
	return Map{{"parallel", steps}}
}

func (g *generator) step() Map {
	g.steps++
	key := fmt.Sprintf("k%d.bin", g.steps)
	step := Map{{"name", fmt.Sprintf("s%d", g.steps)}}
	switch n := g.IntN(22); {
	case n < 8:
		from := g.IntN(largeLen - 1000)
		span := fmt.Sprintf("%d-%d", from, from+g.IntN(1000))
		step = append(step, Field{"download", Map{{"bucket", bucket}, {"key", large}, {"range", span}}})
	case n < 11:
		step = append(step, Field{"download", Map{{"bucket", bucket}, {"key", pick(g, large, small)}}})
	case n < 14:
		step = append(step, Field{"upload", Map{{"bucket", bucket}, {"key", key}, {"size", 1 + g.IntN(100_000)}}})
	case n < 15:
		step = append(step, Field{"upload", Map{{"bucket", bucket}, {"key", key}, {"size", "11MiB"}}})
	case n < 16:
		step = append(step, Field{"upload_stream", Map{
			{"bucket", bucket}, {"key", key}, {"size", 1 + g.IntN(100_000)}, {"seekable", g.chance(0.5)},
		}})
	case n < 17:
		step = append(step, Field{"list", Map{{"bucket", bucket}, {"prefix", ""}, {"max_keys", 1 + g.IntN(3)}}})
	case n < 18:
		step = append(step, Field{"delete", Map{{"bucket", bucket}, {"key", key}}})
	case n < 19:
		step = append(step, Field{"delete_many", Map{{"bucket", bucket}, {"keys", List{key, "k1.bin", "k2.bin"}}}})
	case n < 20:
		from := Map{{"bucket", bucket}, {"key", pick(g, large, small)}}
		step = append(step, Field{"copy", Map{{"from", from}, {"to", Map{{"bucket", bucket}, {"key", key}}}}})
	default:
		step = append(step, Field{"exists", Map{{"bucket", bucket}, {"key", pick(g, large, small, key)}}})
	}
	if g.chance(0.15) {
		step = append(step, Field{pick(g, "deadline", "cancel_after"), g.duration(4 * time.Second)})
	}
	return step
}
