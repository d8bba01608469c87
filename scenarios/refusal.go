package scenarios

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// noteRefusals adds the kind "invalid" to the error of each step that the client refused: it failed
// without an attempt, and nothing else explains why. The journal says so, not the client, so that
// the errors of any client can be of this kind.
func (o *outcome) noteRefusals() {
	for _, n := range allNodes(o.nodes) {
		if n.failure == nil || len(n.children) > 0 || n.cutShort || n.load != nil || !n.asked {
			continue
		}
		if explained := slices.ContainsFunc(n.failure.Kinds, func(kind script.ErrorKind) bool {
			return kind != script.KindPermanent
		}); !explained && !o.attempted(n) {
			n.failure.Kinds = append(n.failure.Kinds, script.KindInvalid)
		}
	}
}

// attempted reports whether the client made an attempt for the step: it sent a request, began a
// connection, reported an attempt, or ran the operation of a call. A connection belongs to no step,
// so any that began meanwhile counts, unless a raw step may have begun it.
func (o *outcome) attempted(n *node) bool {
	if n.called.ran() {
		return true
	}
	for i := range o.records {
		r := &o.records[i]
		if evidence.Within(r.Step, n.ID) || r.Step == "" && during(r, n) && !o.isRaw(r) {
			return true
		}
	}
	return slices.ContainsFunc(o.tryList, func(t Try) bool { return evidence.Within(t.Step, n.ID) })
}

// during reports whether the record began while the step ran.
func during(r *faultproxy.Record, n *node) bool { return r.At >= n.Start && r.At <= n.End }

// isRaw reports whether a record without a step is of a raw step. A client names the step in each
// request, so every exchange is, in a drill with raw steps, and a connection if it began while one
// ran.
func (o *outcome) isRaw(r *faultproxy.Record) bool {
	return slices.ContainsFunc(allNodes(o.nodes), func(n *node) bool {
		return n.raw != nil && (r.Kind == faultproxy.KindExchange || during(r, n))
	})
}
