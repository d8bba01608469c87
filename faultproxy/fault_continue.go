package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// continueFault breaks the 100-continue handshake; it applies only to requests that expect one.
type continueFault struct {
	As string `yaml:"as"` // withhold (default), late or final
}

// lateContinue is how late a late 100 comes: later than the second that clients usually wait for it.
const lateContinue = 2 * time.Second

// ContinueMode is what becomes of the 100 that [Continue] breaks; "" means [AsWithheld].
type ContinueMode string

// The 100 is never sent, comes after two seconds, or is a final 417 and a close.
const (
	AsWithheld ContinueMode = "withhold"
	AsLate     ContinueMode = "late"
	AsFinal    ContinueMode = "final"
)

// Continue breaks the handshake of requests with "Expect: 100-continue"; it applies to no others.
func Continue(as ContinueMode) Fault { return &continueFault{As: string(as)} }

func (f *continueFault) Kind() string    { return "continue" }
func (f *continueFault) String() string  { return printFault(f) }
func (f *continueFault) part(r *Rule)    { r.Fault = f }
func (f *continueFault) traits() traits  { return traits{order: beforeUpstream} }
func (f *continueFault) Validate() error { return oneOf("continue", f.As, "withhold", "late", "final") }

// UnmarshalText reads the short form `continue: withhold`.
func (f *continueFault) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }

func (f *continueFault) applies(req *s3api.Request, _ time.Duration, _ any) bool { return req.Expect }

func (f *continueFault) act(x *exchange) {
	switch f.As {
	case "final":
		x.answerError(answer{status: 417, code: "ExpectationFailed", message: "The expectation given in the Expect request-header field could not be met."})
	case "late":
		if x.wait(lateContinue) && x.sendContinue() {
			x.passUnexpected()
		}
	default:
		x.passUnexpected()
	}
}

// passUnexpected lets the exchange pass without the upstream's 100.
func (x *exchange) passUnexpected() {
	x.in.quiet = true
	x.pass()
}

// A client expects a 100 before it sends a body.
func (f *continueFault) neverActsOn(op asked) string { return op.noRequestBody() }

func (f *continueFault) idleReason() string { return "none had Expect: 100-continue" }
