package faultproxy

// RuleStatus is a rule as it stands.
type RuleStatus struct {
	ID      int    // names the rule to Remove, Toggle and Reset; never used for another
	Label   string // the rule's name, or "#ID"
	Rule    Rule
	Enabled bool
	Matched int // requests it was for, whether or not it fired
	Fired   int // faults; of Refuse on TCP only those that the proxy learned of
	Outside int // requests that it would be for, had they come within its During

	// Idle counts the requests in which the fault found nothing to act on. IdleReason says why, as
	// the end of the sentence "2 requests matched, but"; it is empty if Idle is 0.
	Idle       int
	IdleReason string
}

// List returns all rules in order.
func (s *RuleSet) List() []RuleStatus {
	var list []RuleStatus
	for _, a := range s.now.Load().rules {
		status := RuleStatus{
			ID: a.id, Label: a.label, Rule: a.Rule, Enabled: !a.off,
			Matched: int(a.matched.Load()), Fired: int(a.fired.Load()),
			Idle: int(a.idle.Load()), Outside: int(a.outside.Load()),
		}
		if status.Idle > 0 {
			status.IdleReason = idleReason(a.Fault)
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

// Unfired returns the rules whose silence makes a drill vacuous: those not optional that never
// fired, or fired less often than their times says (with probability or during: only those that
// never fired).
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
