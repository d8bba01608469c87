package faultproxy

import (
	"math"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// timeout sends no response, and closes the connection after a while or never.
type timeout struct {
	For time.Duration `yaml:"for"` // how long the connection stays open; zero: for ever
}

// Timeout reads the request, sends no response for the time d, and then closes the connection. 0
// means for ever.
func Timeout(d time.Duration) Fault { return &timeout{For: d} }

func (f *timeout) Kind() string    { return "timeout" }
func (f *timeout) String() string  { return printFault(f) }
func (f *timeout) part(r *Rule)    { r.Fault = f }
func (f *timeout) traits() traits  { return traits{order: insteadOfUpstream} }
func (f *timeout) Validate() error { return notNegative("timeout", f.For) }

// UnmarshalText reads the short form `timeout: 5s`.
func (f *timeout) UnmarshalText(text []byte) error { return unmarshalDuration(&f.For, text) }

// forever is a wait that ends only when the rule is removed or disabled.
const forever time.Duration = math.MaxInt64

func (f *timeout) act(x *exchange) {
	d := f.For
	if d == 0 {
		d = forever
	}
	if x.endRequest(false) && x.wait(d) {
		x.close(journal.EndTimeout)
	}
}
