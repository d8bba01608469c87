package faultproxy

import "time"

// pauser waits between the bytes of a body, on behalf of a rule. Once the rule is removed or
// disabled it does not wait any more.
type pauser struct {
	rule    *activeRule
	request bool // the body is the request's
	over    bool
}

// pause sends what next has buffered, and waits for d. Its error ends the body.
func (p *pauser) pause(x *exchange, d time.Duration, next sink) error {
	if p.over {
		return nil
	}
	if err := next.flush(); err != nil {
		return err
	}
	switch {
	case !p.request && !x.waitFor(p.rule, d):
		return errCut
	case p.request && !x.hold(p.rule, d):
		return errGone
	}
	select {
	case <-p.rule.gone:
		p.over = true
	default:
	}
	return nil
}
