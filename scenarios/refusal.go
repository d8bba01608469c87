package scenarios

import (
	"slices"

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
// so any that began meanwhile counts.
func (o *outcome) attempted(n *node) bool {
	if n.called.ran() {
		return true
	}
	for i := range o.records {
		r := &o.records[i]
		if evidence.Within(r.Step, n.ID) || r.Step == "" && r.At >= n.Start && r.At <= n.End {
			return true
		}
	}
	return slices.ContainsFunc(o.tryList, func(t Try) bool { return evidence.Within(t.Step, n.ID) })
}
