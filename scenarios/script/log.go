package script

// ExpectsLog reports whether the drill or a step of it says what the client logs.
func (s *Scenario) ExpectsLog() bool {
	found := s.Expect.Log != nil
	s.EachStep(func(step *Step) { found = found || step.Expect.Log != nil })
	return found
}
