package faultproxy

// checkRule returns an error if this proxy cannot do what the rule demands, for example because it
// listens on TCP.
func (p *Proxy) checkRule(r Rule) error {
	p.mu.Lock()
	wrapped := p.wrapped
	p.mu.Unlock()
	t, kind, tcp := r.Fault.traits(), r.Fault.Kind(), p.tcp.Load()
	switch {
	case t.needsTLS && p.cfg.TLS == nil:
		return fieldErrorf(kind, "needs a proxy that speaks TLS")
	case tcp && t.memoryOnly:
		return fieldErrorf(kind, "not possible on TCP: it needs a network in memory")
	case wrapped && t.stage == stageDial:
		return fieldErrorf(kind,
			"not possible on a listener that wraps a TCP listener: the proxy could not open it again")
	case tcp && t.stage == stageDial && r.During == Window{}:
		return fieldErrorf("during", "missing: on TCP %s needs a window in which the port is closed", kind)
	case tcp && t.stage == stageDial && r.Times != 0:
		return uncounted("times", kind)
	case tcp && t.stage == stageDial && r.After != 0:
		return uncounted("after", kind)
	case tcp && t.stage == stageDial && r.Probability != nil:
		return uncounted("probability", kind)
	}
	return nil
}

// uncounted returns the error for a limit that depends on the number of dials, which the proxy does
// not know on TCP.
func uncounted(field, kind string) error {
	return fieldErrorf(field, "not possible on TCP: %s closes the port for the whole window", kind)
}
