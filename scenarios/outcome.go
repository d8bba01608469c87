package scenarios

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// account returns the part of the outcome that belongs to a step, or all of it if n is nil.
func (o *outcome) account(n *node) *account {
	if n == nil {
		return o.wholeScope()
	}
	s := &account{
		drill: o, step: n.ID, line: n.Line, outcome: n.Outcome, err: n.failure, start: n.Start,
		elapsed: n.End - n.Start,
		end:     n.End, inner: append(n.load.all(), n.children...), load: n.load,
		calls: callsOf([]*node{n}), raw: n.raw,
	}
	if o.program != nil {
		s.records, s.groups = o.records, o.groups
		return s
	}
	s.records = matching(o.records, func(r *faultproxy.Record) bool { return evidence.Within(r.Step, n.ID) })
	s.groups = matching(o.groups, func(g *Group) bool { return evidence.Within(g.Step, n.ID) })
	s.acts = slices.Clone(n.acts)
	for _, child := range allNodes(n.children) {
		s.acts = append(s.acts, child.acts...)
	}
	return s
}

// matching returns the elements for which is reports true. It returns the list itself if is does
// for all of them.
func matching[T any](list []T, is func(*T) bool) []T {
	n := 0
	for i := range list {
		if is(&list[i]) {
			n++
		}
	}
	if n == len(list) {
		return slices.Clip(list)
	}
	some := make([]T, 0, n)
	for i := range list {
		if is(&list[i]) {
			some = append(some, list[i])
		}
	}
	return some
}

func (o *outcome) wholeScope() *account {
	s := &account{
		drill: o, outcome: script.Success, records: o.records, groups: o.groups, acts: o.acts,
		elapsed: o.elapsed, end: o.ended, calls: callsOf(o.nodes),
	}
	for _, n := range allNodes(o.nodes) {
		if !n.ofClient() {
			continue
		}
		if n.Outcome != script.Success {
			s.outcome = script.Failure
		}
		if n.failure != nil && len(n.children) == 0 {
			s.err = n.failure
		}
	}
	if o.hang {
		s.outcome = script.Failure
	}
	return s
}

// unmet returns the expectations that do not hold: first those of the drill, then of each step.
func (o *outcome) unmet() []Reason {
	reasons := o.account(nil).check(&o.scenario.Expect)
	for _, n := range allNodes(o.nodes) {
		if n.expect != nil {
			reasons = append(reasons, o.account(n).check(n.expect)...)
		}
	}
	if o.program == nil {
		reasons = append(reasons, unreached(o.scenario.Steps, o.nodes, "")...)
	}
	return reasons
}

// unreached returns a reason for each step with an expectation that did not begin, because the
// drill, or the step around it, ended before. nodes are those of the steps that began, in the same
// order. prefix is what the ids of the steps begin with.
func unreached(steps []script.Step, nodes []*node, prefix string) (reasons []Reason) {
	for i := range steps {
		s, id := &steps[i], prefix+strconv.Itoa(i+1)
		var children []*node
		if i < len(nodes) {
			children = nodes[i].children
		} else if !s.Expect.None() {
			reasons = append(reasons, Reason{
				Kind: string(Unreached), Step: id, Line: s.Line,
				Expected: "the step to begin", Got: "the step was not reached",
			})
		}
		inner := s.Parallel
		if s.Repeat != nil {
			inner = slices.Repeat([]script.Step{s.Repeat.Step}, min(s.Repeat.Times, len(children)+1))
		}
		reasons = append(reasons, unreached(inner, children, id+".")...)
	}
	return reasons
}

// tries counts the attempts that the client reported, by operation.
func (o *outcome) tries(step string) map[string]int {
	counts := make(map[string]int)
	for _, t := range o.tryList {
		if step == "" || evidence.Within(t.Step, step) {
			counts[t.Operation]++
		}
	}
	return counts
}

// object returns the content of an object in the fake S3 at the end.
func (o *outcome) object(bucket, key string) ([]byte, bool) {
	object, ok := o.world.fake.SharedObject(bucket, key)
	return object.Content, ok
}

// lastUpload returns the last acknowledged upload of a key, or else the last upload.
func (o *outcome) lastUpload(place *oracle.Act) *oracle.Act {
	var last *oracle.Act
	for _, a := range o.acts {
		upload := a.Operation == "upload" || a.Operation == "upload_stream"
		if !upload || place != nil && (a.Bucket != place.Bucket || a.Key != place.Key) {
			continue
		}
		if last == nil || a.Acknowledged() && a.End >= last.End || !last.Acknowledged() {
			last = a
		}
	}
	return last
}

// unprefixed returns the keys without the client's prefix.
func (o *outcome) unprefixed(keys []string) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = strings.TrimPrefix(key, o.prefix)
	}
	return names
}

// ledger returns the ledger for the oracle. The states and records in it come from the fake S3 and
// the journal, not from the client.
func (o *outcome) ledger() *oracle.Ledger {
	fake := o.world.fake
	seeded := make(map[place]int)
	for i := range o.scenario.Objects {
		object := &o.scenario.Objects[i]
		seeded[place{object.Bucket, object.Key}] = len(object.Versions) + 1
	}
	l := &oracle.Ledger{
		Acts: slices.Clone(o.acts), Records: o.records, Without: o.without,
		Order: oracle.NewOrder(stepsWith(o.nodes, "parallel", "load")), Buckets: fake.Buckets(),
		History: o.history(),
		Seeded:  func(bucket, key string) int { return seeded[place{bucket, key}] },
		Uploads: func(bucket string) []string {
			var open []string
			for _, u := range fake.Uploads(bucket) {
				open = append(open, u.Key)
			}
			return open
		},
		Keys:   fake.Touched,
		Stored: o.stored,
		Versioned: func(bucket string) bool {
			for _, b := range o.scenario.BucketSettings {
				if b.Name == bucket {
					return b.Versioning == script.VersioningEnabled
				}
			}
			return false
		},
	}
	for _, r := range o.world.proxy.Replacements() { // a writer beside the client
		l.Acts = append(l.Acts, &oracle.Act{
			Step: "replace", Operation: "upload", Bucket: r.Bucket, Key: r.Key, Content: r.Content(),
			Start: r.At, End: r.At, Done: true,
		})
	}
	if p := o.program; p != nil {
		l.Opaque, l.ExitedOK, l.Killed, l.KilledBefore = true, p.exit == 0, o.killed, o.killedAt
	}
	return l
}

// stored returns what the fake S3 keeps of an object besides its content at the end.
func (o *outcome) stored(bucket, key string) oracle.Stored {
	object, _ := o.world.fake.SharedObject(bucket, key)
	if object.Header != nil {
		maps.Copy(object.Header, lockHeader(object.LockMode, object.LockUntil, object.LegalHold))
	}
	return oracle.Stored{
		Header: object.Header, Metadata: object.Metadata, Tags: object.Tags, Checksum: object.ChecksumAlgorithm,
		CustomerKeyMD5: object.CustomerKeyMD5,
	}
}

// A place is a key of a bucket.
type place struct{ bucket, key string }

// history returns a function that gives the states of a key. It reads them from the fake S3 only
// once. A state shares memory with the act that wrote or delivered the same bytes.
func (o *outcome) history() func(bucket, key string) []oracle.Value {
	known := make(map[place][]oracle.Value)
	acts := make(map[place][]*oracle.Act)
	for _, a := range o.acts {
		acts[place{a.Bucket, a.Key}] = append(acts[place{a.Bucket, a.Key}], a)
	}
	return func(bucket, key string) []oracle.Value {
		at := place{bucket, key}
		values, ok := known[at]
		if ok {
			return values
		}
		for _, v := range o.world.fake.SharedHistory(bucket, key) {
			content := v.Content
			for _, a := range acts[at] {
				if a.Content != nil && bytes.Equal(a.Content, content) {
					content = a.Content
					break
				}
			}
			values = append(values, oracle.Value{
				Deleted: v.Deleted, Content: content, ETag: v.ETag, Seq: v.Seq, Gone: v.Gone, Uncovered: v.Uncovered,
			})
		}
		known[at] = values
		return values
	}
}

// stepsWith returns the ids of the steps with one of these operations.
func stepsWith(nodes []*node, operations ...string) []string {
	var ids []string
	for _, n := range allNodes(nodes) {
		if slices.Contains(operations, n.Operation) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}
