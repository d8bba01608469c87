package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/internal/identity"

// The purposes for which a fault draws random numbers. Whether a rule with a probability fires is
// drawn without a purpose.
const (
	drawJitter = 1 + iota
	drawFlip
	drawStatus
	drawErrorCode
	drawPlace
)

// purposeOf returns the key of a rule's draws for one purpose.
func (a *activeRule) purposeOf(purpose uint64) uint64 { return uint64(a.id)<<32 | purpose }

// draw returns a number from 0 up to but not including 1. It depends on the seed, the rule, the
// purpose and the request's identity.
func (x *exchange) draw(rule *activeRule, purpose uint64) float64 {
	return identity.Draw(x.p.cfg.Seed, rule.purposeOf(purpose), x.req.IdentityHash, x.req.Nth)
}

// drawInt draws an integer from 0 to n-1 as draw does.
func (x *exchange) drawInt(rule *activeRule, purpose uint64, n int) int {
	return int(x.draw(rule, purpose) * float64(n))
}
