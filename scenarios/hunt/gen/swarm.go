package gen

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Swarm draws a scenario for a search: one to six steps under one to six rules. Each scenario
// leaves out a random half of the features, so that few features can meet often. The client is
// "builtin", or "sdk" and its mode, as in "sdk:adaptive". lacks are those of [Optional] that it
// does not have.
func Swarm(seed uint64, client string, lacks ...string) *Script {
	w := &swarm{generator: &generator{Rand: rand.New(rand.NewPCG(seed, 0x737761726d))}, lacks: lacks, part: bigPart}
	w.without = map[string]bool{}
	for _, feature := range Features() {
		w.without[feature] = w.chance(0.5) || slices.Contains(lacks, feature)
	}
	s := &Script{
		Name: fmt.Sprintf("swarm %d", seed), Seed: w.Uint64N(1000), Timeout: timeout,
		Objects: w.objects(), Client: w.policy(client),
	}
	if w.part < bigPart {
		s.Server = Map{{"min_part_size", smallPart}}
	}
	if !w.without["old file"] {
		s.Files = []Map{{{"path", oldFile}, {"size", 1000}}}
	}
	for count := 1 + w.IntN(6); count > 0; {
		together := min(count, 1+w.IntN(3))
		if w.without["parallel"] || together == 1 {
			s.Steps = append(s.Steps, w.one())
			count--
			continue
		}
		var list List
		for range together {
			list = append(list, w.one())
		}
		s.Steps = append(s.Steps, Map{{"parallel", list}})
		count -= together
	}
	for range 1 + w.IntN(6) {
		s.Rules = append(s.Rules, w.swarmRule())
	}
	return s
}

// Features are what a scenario of [Swarm] may leave out: operations of steps, options of them,
// kinds of faults and limits of rules.
func Features() []string {
	return slices.Concat(stepFeatures, optionFeatures, limitFeatures, faultFeatures)
}

var (
	stepFeatures = []string{
		"upload", "upload_stream", "download", "get", "list", "delete", "delete_many", "copy", "move", "exists", "stat",
	}
	optionFeatures = []string{
		"parallel", "repeat", "overwrite", "range", "conditional", "odd key", "old file", "cancel", "deadline", "large",
		"many attempts", "budget", "attempt timeout", "jitter",
	}
	limitFeatures = []string{
		"match", "times", "after", "probability", "during", "after_upstream", "chain",
	}
	faultFeatures = []string{
		"respond", "ok_with_error", "whitespace", "timeout", "latency", "reset_peer", "close_early",
		"bandwidth", "slicer", "stall", "corrupt", "refuse", "dns", "connect_timeout", "tls",
		"malformed", "idle_close", "continue", "redirect", "stale", "throttle", "duplicate", "edit",
		"shorten", "commit_late", "replace", "delete_errors", "list",
	}
)

// Optional are the operations and the option of steps that a client may lack.
func Optional() []string {
	return []string{"get", "delete_many", "copy", "move", "stat", conditionalUpload}
}

// conditionalUpload is the option of an upload of a file that a client may lack.
const conditionalUpload = "conditional upload"

// Probe returns a script without faults that a client can play if it has one of [Optional].
func Probe(feature, client string) *Script {
	w := &swarm{generator: &generator{Rand: rand.New(rand.NewPCG(0, 0)), steps: 1}, without: map[string]bool{}}
	for _, other := range Features() {
		w.without[other] = true
	}
	step := Map{{feature, Map{{"bucket", bucket}, {"key", small}}}}
	switch feature {
	case conditionalUpload:
		step = Map{{"upload", Map{{"bucket", bucket}, {"key", w.fresh()}, {"size", 1}, {"if_none_match", "*"}}}}
	case "delete_many", "copy", "move":
		step = Map{w.operation(feature)}
	}
	return &Script{Name: "probe " + feature, Objects: w.objects(), Client: w.policy(client), Steps: []Map{step}}
}

// swarm draws the parts of a script that leaves out some features.
type swarm struct {
	*generator
	without map[string]bool
	lacks   []string
	part    int // size of the parts of uploads
}

// Sizes of parts. Small ones, which the fake S3 is told to accept, let a search draw many uploads
// in parts.
const (
	smallPart = 16 << 10
	bigPart   = 5 << 20
)

// timeout is longer than what a swarm draws takes: 24 operations of 40 attempts, each with a wait
// of 20 s and an attempt timeout of 5 s. A drill that hangs costs real time for it.
const timeout = "12h"

// oldFile is a file that is there before the drill, as the target of downloads.
const oldFile = "old.bin"

// oddKeys need care in URLs, in signatures and in XML.
var oddKeys = []string{
	"odd key+&=.bin", "ü/ö.bin", "a%2Fb.bin", "x'y(z).bin", "deep//double.bin", "<tag>&amp;.bin", "tilde~.bin",
}

func (w *swarm) objects() []Map {
	all := []Map{
		{{"bucket", bucket}, {"key", large}, {"size", largeLen}},
		{{"bucket", bucket}, {"key", small}, {"size", pick(w.generator, 0, 1, 1000)}},
	}
	if !w.without["odd key"] {
		all = append(all, Map{{"bucket", bucket}, {"key", oddKeys[0]}, {"size", 1000}})
	}
	return all
}

// mostAttempts is the largest number of attempts of a policy. Some flaws show only there.
const mostAttempts = 40

// policy draws a client with its retry policy.
func (w *swarm) policy(client string) Map {
	attempts := 1 + w.IntN(7)
	if !w.without["many attempts"] && w.chance(0.5) {
		attempts = pick(w.generator, 8+w.IntN(33), mostAttempts)
	}
	if kind, mode, _ := strings.Cut(client, ":"); kind == "sdk" {
		return Map{{"sdk", w.sdk(cmp.Or(mode, "standard"), attempts)}}
	}
	retry := Map{
		{"max_attempts", attempts},
		{"initial_delay", w.duration(time.Second)},
		{"max_delay", pick(w.generator, "2s", "5s")},
	}
	if w.without["jitter"] {
		retry = append(retry, Field{"jitter", "none"})
	} else {
		retry = append(retry, Field{"jitter", pick(w.generator, "full", "equal", "additive", "decorrelated")})
	}
	if !w.without["attempt timeout"] {
		retry = append(retry, Field{"attempt_timeout", w.duration(5 * time.Second)})
	}
	if !w.without["budget"] {
		retry = append(retry, Field{"budget", Map{{"tokens", 5 + w.IntN(200)}, {"retry_cost", 1 + w.IntN(10)}}})
	}
	builtin := Map{{"retry", retry}}
	if !w.without["large"] {
		if w.chance(0.9) {
			w.part = smallPart
		}
		builtin = append(builtin, Field{"part_size", w.part})
	}
	if w.chance(0.5) {
		builtin = append(builtin, Field{"concurrency", 1 + w.IntN(4)})
	}
	return Map{{"builtin", builtin}}
}

func (w *swarm) sdk(mode string, attempts int) Map {
	sdk := Map{{"mode", mode}}
	if mode != "off" {
		sdk = append(sdk, Field{"max_attempts", attempts})
	}
	if !w.without["attempt timeout"] {
		sdk = append(sdk, Field{"attempt_timeout", w.duration(5 * time.Second)})
	}
	if !w.without["large"] {
		sdk = append(sdk, Field{"part_size", "5MiB"}, Field{"concurrency", 1 + w.IntN(4)})
	}
	return sdk
}

// swarmRule draws a rule with the faults and limits that the script has.
func (w *swarm) swarmRule() Map {
	if w.chance(0.15) && !w.without["respond"] {
		return w.outage()
	}
	rule := w.rule()
	for tries := 0; tries < 40 && (w.without[kindOf(rule)] || tries == 0); tries++ {
		rule = w.rule()
	}
	rule = w.widen(rule)
	return slices.DeleteFunc(rule, func(f Field) bool {
		return slices.Contains(limitFeatures, f.Key) && w.without[f.Key] || f.Key == "per" && w.without["probability"]
	})
}

// outage draws a server that cannot serve now, mostly for as long as the client tries. It shows the
// whole retry policy: each wait, and what the client does after its last attempt. Sometimes the
// server does its work once or twice and says that it failed.
func (w *swarm) outage() Map {
	rule := Map{{"optional", true}}
	switch {
	case !w.without["after_upstream"] && w.chance(0.5):
		rule = append(rule, Field{"times", 1 + w.IntN(2)}, Field{"after_upstream", true})
	case w.chance(0.3):
		rule = append(rule, Field{"times", 1 + w.IntN(10)})
	}
	status := pick(w.generator, 500, 503)
	code := map[int]string{500: "InternalError", 503: "SlowDown"}[status]
	return append(rule, Field{"respond", Map{{"status", status}, {"code", code}}})
}

// kindOf returns the fault of a rule, which is its last field.
func kindOf(rule Map) string { return rule[len(rule)-1].Key }
