package planted

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A Defect is one flaw of a client.
type Defect struct {
	Name  string // as in "never-retries"
	About string // what the client does
	// Gross means that almost every drill fails, because the client does its work wrongly from the
	// start. A drill that only gross defects fail proves little.
	Gross bool

	base  base
	plant func(s *scenarios.Scenario) (*scenarios.Scenario, newClient)
}

type newClient = func(scenarios.ClientConfig) (scenarios.Client, error)

// A base is the client that a defect is planted into. Without the defect, the client of the base
// need not pass every drill: the tool, for example, has a policy of its own.
type base int

const (
	declared base = iota // the client that the drill declares
	toolBase             // see Tool
	layersBase
	resumesBase
	mirrorBase
)

// Plant returns the drill and the options with which it is played with the defect. ok is false if
// the drill's client cannot have the defect.
func (d *Defect) Plant(s *scenarios.Scenario) (planted *scenarios.Scenario, o scenarios.Options, ok bool) {
	planted, client := d.plant(s)
	return planted, scenarios.Options{NewClient: client}, planted != nil
}

// Right returns the same without the defect. A drill that does not pass with it says nothing about
// the defect.
func (d *Defect) Right() scenarios.Options {
	switch d.base {
	case toolBase:
		return scenarios.Options{NewClient: WithFlaw(Flawless)}
	case layersBase:
		return scenarios.Options{NewClient: Layered(1)}
	case resumesBase:
		return scenarios.Options{NewClient: Resuming(true)}
	case mirrorBase:
		return scenarios.Options{NewClient: mirroring(mirrorsRight)}
	}
	return scenarios.Options{}
}

// Base names the client without the defect, so that it is played once for all its defects.
func (d *Defect) Base() string {
	return [...]string{"declared", "tool", "layers", "resumes", "mirror"}[d.base]
}

// All returns the defects, sorted by name.
func All() []Defect {
	all := slices.Concat(wireDefects(), policyDefects(), shapeDefects(), outcomeDefects(), endDefects(), fileDefects(),
		writeDefects(), readDefects(), optionDefects(), reportDefects(), toolDefects(), mirrorDefects(),
		programDefects(), carelessDefects(), engineDefects())
	slices.SortFunc(all, func(a, b Defect) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// steps reports whether a Go client takes the drill's steps.
func steps(s *scenarios.Scenario) bool { return s.Client.Careless == nil && s.Client.Run == nil }

// inSteps returns a plant function for a client of drills with steps.
func inSteps(client newClient) func(*scenarios.Scenario) (*scenarios.Scenario, newClient) {
	return func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
		if !steps(s) {
			return nil, nil
		}
		return s, client
	}
}

// own returns the client that the drill declares.
func own(c scenarios.ClientConfig) (scenarios.Client, error) {
	if c.Scenario.Client.SDK != nil {
		return scenarios.NewSDK(c)
	}
	return scenarios.NewBuiltin(c)
}
