package script

import (
	"cmp"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Conformance is what every client owes in this drill, whatever its own retry policy is. The oracle
// judges every client too.
type Conformance struct {
	strictyaml.Block `yaml:"-"`

	Level    Level         `yaml:"level,required"`
	Source   string        `yaml:"source,required"` // the RFC, documentation or public report that says so
	Outcome  Outcome       `yaml:"outcome"`         // of the drill; default any: recover, or fail honestly
	Requests *IntBound     `yaml:"requests"`        // on the wire; default: at most 100
	Within   time.Duration `yaml:"within,positive"` // until the client is done; default a minute
	Slow     bool          `yaml:"slow"`            // it takes minutes: played only if asked for
}

// Level says how much a client owes.
type Level string

// The levels. A failed must fails a run, a failed should is a warning, and info is only shown.
const (
	Must   Level = "must"
	Should Level = "should"
	Info   Level = "info"
)

// The defaults of a conformance block.
const (
	DefaultRequests = 100
	DefaultWithin   = time.Minute
)

func (c *Conformance) fillDefaults() {
	if c.Requests == nil {
		most := AtMost(DefaultRequests)
		c.Requests = &most
	}
	c.Within = cmp.Or(c.Within, DefaultWithin)
	c.Outcome = cmp.Or(c.Outcome, Any)
}
