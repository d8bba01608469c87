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

// The levels. A failed must fails a run, a failed should is a warning, and info is only shown. Own
// is for a drill that tests this project's client, its declared policy or the oracle: it is skipped
// for other clients, and its block states nothing but the source.
const (
	Must   Level = "must"
	Should Level = "should"
	Info   Level = "info"
	Own    Level = "own"
)

// The defaults of a conformance block.
const (
	DefaultRequests = 100
	DefaultWithin   = time.Minute
)

func (c *Conformance) fillDefaults() {
	if c.Level == Own {
		return
	}
	if c.Requests == nil {
		most := AtMost(DefaultRequests)
		c.Requests = &most
	}
	c.Within = cmp.Or(c.Within, DefaultWithin)
	c.Outcome = cmp.Or(c.Outcome, Any)
}

func (v *validator) conformance() {
	c := v.s.Conformance
	if c == nil || !c.Understood("level") || c.Level != Own {
		return
	}
	for _, key := range []string{"outcome", "requests", "within", "slow"} {
		if c.Has(key) {
			v.Add(c.KeySpan(key), "",
				"conformance.%s: it applies to other clients, and level own is skipped for them", key)
		}
	}
}
