package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// continueFault disturbs the 100-continue handshake. It applies only to requests with "Expect:
// 100-continue".
type continueFault struct {
	As string `yaml:"as"` // withhold (default), late or final
}

// lateContinue is how late the 100 is sent. Clients usually wait a second for it.
const lateContinue = 2 * time.Second

// ContinueMode is what [Continue] does instead of sending 100 at once; "" means [AsWithheld].
type ContinueMode string

// AsWithheld never sends the 100, AsLate sends it after two seconds, and AsFinal answers 417 and
// closes the connection.
const (
	AsWithheld ContinueMode = "withhold"
	AsLate     ContinueMode = "late"
	AsFinal    ContinueMode = "final"
)

// Continue disturbs the handshake of requests with "Expect: 100-continue". It does not apply to
// other requests.
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
		x.answerError(answer{
			status: 417, code: "ExpectationFailed",
			message: "The expectation given in the Expect request-header field could not be met.",
		})
	case "late":
		if x.wait(lateContinue) && x.sendContinue() {
			x.passUnexpected()
		}
	default:
		x.passUnexpected()
	}
}

// passUnexpected forwards the exchange, but not the upstream's 100.
func (x *exchange) passUnexpected() {
	x.in.quiet = true
	x.pass()
}

// Clients expect a 100 only for requests with a body.
func (f *continueFault) neverActsOn(op asked) string { return op.noRequestBody() }

func (f *continueFault) idleReason() string { return "none had Expect: 100-continue" }
