package s3client_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// This file draws random scripts: a client, what it does, and the faults that it meets. A script
// prints as a scenario.

// part is the part size of a random script in bytes.
const part = 16 << 10

// script is what a seed draws.
type script struct {
	seed        uint64
	tls         bool
	ignoreETag  bool
	findLost    bool
	minRate     int64
	concurrency int
	prefix      string
	policy      retry.Config
	rules       []string
	steps       []step
}

// step is one thing that the client does, or several at once.
type step struct {
	operation string // upload, copy, download, delete, delete_many, exists, list, wait, parallel
	key       string
	from      string // of a copy
	content   int    // of an upload: its number in contents
	size      int    // of an upload, in bytes
	seekable  bool
	ifNone    bool // write only if there is no object
	metadata  bool
	span      string // of a download
	page      int    // of a list; 0: the server's
	pause     time.Duration
	deadline  time.Duration // 0: none
	cancel    time.Duration // 0: never
	together  []step        // of parallel
}

// sizes are around 0, 1, the part size, 3 and 20 parts.
var sizes = []int{
	0, 1, 2, 10, part - 1, part, part + 1, 2*part - 1, 2*part + 1, 3 * part, 3*part + 1, 3*part - 1, 90_000,
}

func draw(seed uint64) *script {
	r := rand.New(rand.NewPCG(seed, 0))
	s := &script{
		seed: seed, tls: r.IntN(8) == 0, ignoreETag: r.IntN(2) == 0, concurrency: 1 + r.IntN(4),
		prefix: []string{"", "", "p/"}[r.IntN(3)], policy: drawPolicy(r),
	}
	if r.IntN(8) == 0 {
		s.minRate = 1 + r.Int64N(1000)
	}
	aim := drawAim(r)
	for range 1 + r.IntN(4) {
		s.rules = append(s.rules, drawRules(r, s.tls, aim)...)
	}
	for range 3 + r.IntN(8) {
		if r.IntN(5) > 0 {
			s.steps = append(s.steps, drawStep(r))
			continue
		}
		group := step{operation: "parallel"}
		for range 2 + r.IntN(3) {
			group.together = append(group.together, drawStep(r))
		}
		s.steps = append(s.steps, group)
	}
	// FindLostUploads is for keys with one writer at a time.
	s.findLost = r.IntN(4) == 0 && !s.parallel()
	return s
}

func (s *script) parallel() bool {
	for _, one := range s.steps {
		if one.operation == "parallel" {
			return true
		}
	}
	return false
}

func drawPolicy(r *rand.Rand) retry.Config {
	c := *policy(nil)
	c.MaxAttempts = []int{3, 3, 3, 1, 2, 6}[r.IntN(6)]
	c.InitialDelay = time.Duration(50+r.IntN(100)) * time.Millisecond
	c.Jitter = []retry.Jitter{
		retry.JitterNone, retry.JitterFull, retry.JitterEqual, retry.JitterDecorrelated,
	}[r.IntN(4)]
	c.Multiplier = []float64{1, 2, 3}[r.IntN(3)]
	c.AttemptTimeout = time.Duration(3+r.IntN(5)) * time.Second
	if r.IntN(6) == 0 {
		c.MaxElapsed = time.Duration(1+r.IntN(20)) * time.Second
	}
	return c
}

func drawStep(r *rand.Rand) step {
	s := step{key: []string{"a", "b"}[r.IntN(2)]}
	switch r.IntN(6) {
	case 0:
		s.cancel = time.Duration(1 + r.Int64N(int64(8*time.Second)))
	case 1:
		s.deadline = time.Duration(1 + r.Int64N(int64(8*time.Second)))
	}
	switch r.IntN(14) {
	default:
		s.operation, s.content = "upload", r.IntN(3)
		s.seekable, s.ifNone, s.metadata = r.IntN(2) == 0, r.IntN(3) == 0, r.IntN(4) == 0
		if s.size = sizes[r.IntN(len(sizes))]; r.IntN(12) == 0 {
			s.size = 20*part + r.IntN(3) - 1
		}
	case 4, 5, 6:
		s.operation = "download"
		first, size := r.IntN(40_000), 1+r.IntN(40_000)
		s.span = []string{
			"", "", "", fmt.Sprintf("%d-%d", first, first+size-1), fmt.Sprintf("%d-", first), fmt.Sprintf("-%d", size),
		}[r.IntN(6)]
	case 7:
		s.operation = "delete"
	case 8, 9:
		s.operation, s.page = []string{"exists", "list"}[r.IntN(2)], r.IntN(3)
	case 10:
		s.operation, s.from = "copy", map[string]string{"a": "b", "b": "a"}[s.key]
	case 11:
		s.operation = "delete_many"
	case 12:
		s = step{operation: "wait", pause: time.Duration(1 + r.Int64N(int64(10*time.Second)))}
	}
	return s
}

// String prints the script as a scenario. Parts have the least size that S3 accepts there.
func (s *script) String() string {
	var b strings.Builder
	p := s.policy
	_, _ = fmt.Fprintf(&b, "version: 1\nname: random script %d\nseed: %d\nbuckets: [demo]\n", s.seed, s.seed)
	_, _ = fmt.Fprintf(&b, "client:\n  builtin:\n    retry: {max_attempts: %d, initial_delay: %s, multiplier: %g",
		p.MaxAttempts, p.InitialDelay, p.Multiplier)
	_, _ = fmt.Fprintf(&b, ", jitter: %s, attempt_timeout: %s", p.Jitter, p.AttemptTimeout)
	if p.MaxElapsed > 0 {
		_, _ = fmt.Fprintf(&b, ", max_elapsed: %s", p.MaxElapsed)
	}
	_, _ = fmt.Fprintf(&b, "}\n    part_size: 5MiB\n    concurrency: %d\n", s.concurrency)
	if s.prefix != "" {
		_, _ = fmt.Fprintf(&b, "    prefix: %s\n", s.prefix)
	}
	b.WriteString("steps:\n")
	for _, one := range s.steps {
		_, _ = fmt.Fprintf(&b, "  - %s\n", one)
	}
	b.WriteString("faults:\n")
	for _, rule := range s.rules {
		_, _ = fmt.Fprintf(&b, "  - {optional: true, %s\n", rule[1:])
	}
	b.WriteString("expect:\n  outcome: any\n")
	return b.String()
}

// String prints the step as a flow mapping of a scenario.
func (s step) String() string {
	var fields []string
	if s.deadline > 0 {
		fields = append(fields, "deadline: "+s.deadline.String())
	}
	if s.cancel > 0 {
		fields = append(fields, "cancel_after: "+s.cancel.String())
	}
	at := "bucket: demo, key: " + s.key
	switch s.operation {
	case "upload":
		size := s.size/part*(5<<20) + s.size%part
		text := fmt.Sprintf("upload_stream: {%s, size: %d, seekable: %t", at, size, s.seekable)
		if s.ifNone {
			text += `, if_none_match: "*"`
		}
		fields = append(fields, text+"}")
	case "download":
		if s.span != "" {
			at += fmt.Sprintf(", range: %q", s.span)
		}
		fields = append(fields, "download: {"+at+"}")
	case "list":
		text := "list: {bucket: demo"
		if s.page > 0 {
			text += fmt.Sprintf(", max_keys: %d", s.page)
		}
		fields = append(fields, text+"}")
	case "copy":
		fields = append(fields, "copy: {from: {bucket: demo, key: "+s.from+"}, to: {"+at+"}}")
	case "delete_many":
		fields = append(fields, "delete_many: {bucket: demo, keys: ["+s.key+", never]}")
	case "wait":
		fields = append(fields, "wait: "+s.pause.String())
	case "parallel":
		var inner []string
		for _, one := range s.together {
			inner = append(inner, one.String())
		}
		fields = append(fields, "parallel: ["+strings.Join(inner, ", ")+"]")
	default:
		fields = append(fields, s.operation+": {"+at+"}")
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
