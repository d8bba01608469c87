package faultproxy

// RuleStatus is a rule with its present counts.
type RuleStatus struct {
	ID      int    // for Remove, Toggle and Reset; never used for another rule
	Label   string // the rule's name, or "#ID"
	Rule    Rule
	Enabled bool
	Matched int    // requests that matched, whether or not the rule fired
	Fired   int    // how often the rule fired; for Refuse on TCP, only the firings that the proxy learned of
	Window  Window // During in scenario time
	Over    bool   // Window has passed
	Outside int    // requests that matched except that they arrived outside of During

	// Idle counts the requests in which the fault found nothing to act on. IdleReason says why, as
	// the end of the sentence "2 requests matched, but"; it is empty if Idle is 0.
	Idle       int
	IdleReason string
}

// List returns all rules, in order.
func (s *RuleSet) List() []RuleStatus {
	var list []RuleStatus
	for _, a := range s.now.Load().rules {
		status := RuleStatus{
			ID: a.id, Label: a.label, Rule: a.Rule, Enabled: !a.off,
			Matched: int(a.matched.Load()), Fired: int(a.fired.Load()),
			Window: a.window, Over: a.window != (Window{}) && s.time() >= a.window.To,
			Idle: int(a.idle.Load() + a.outdone.Load()), Outside: int(a.outside.Load()),
		}
		switch {
		case a.idle.Load() > 0:
			status.IdleReason = idleReason(a.Fault)
		case status.Idle > 0:
			status.IdleReason = "another rule or the client ended the exchange before"
		}
		list = append(list, status)
	}
	return list
}

// Fired returns how often each rule fired, in the order of the rules.
func (s *RuleSet) Fired() []int {
	rules := s.now.Load().rules
	fired := make([]int, len(rules))
	for i, a := range rules {
		fired[i] = int(a.fired.Load())
	}
	return fired
}

// Unfired returns the rules that make a drill vacuous: rules that are not optional and fired less
// often than Times, or never. With a probability or a window, firing once is enough.
func (s *RuleSet) Unfired() []RuleStatus {
	var list []RuleStatus
	for _, st := range s.List() {
		want := max(1, st.Rule.Times)
		if st.Rule.Probability != nil || st.Rule.During != (Window{}) {
			want = 1
		}
		if !st.Rule.Optional && st.Fired < want {
			list = append(list, st)
		}
	}
	return list
}
