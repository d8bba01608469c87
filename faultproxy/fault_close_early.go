package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/journal"

// closeEarly ends the connection with an orderly close before the body is complete.
type closeEarly struct {
	AfterBytes     Size `yaml:"after_bytes"`     // of the body, sent before the close
	CloseDelimited bool `yaml:"close_delimited"` // send the response without a length, so that the close is its end
}

// CloseEarly closes the connection after so many bytes of the response's body, which is less than
// its Content-Length.
func CloseEarly(afterBytes Size) Fault { return &closeEarly{AfterBytes: afterBytes} }

// CloseDelimited sends the response without a length, and closes after so many bytes of its body.
// The client cannot tell from HTTP that the body is not complete.
func CloseDelimited(afterBytes Size) Fault {
	return &closeEarly{AfterBytes: afterBytes, CloseDelimited: true}
}

func (f *closeEarly) Kind() string    { return "close_early" }
func (f *closeEarly) String() string  { return printFault(f) }
func (f *closeEarly) part(r *Rule)    { r.Fault = f }
func (f *closeEarly) traits() traits  { return traits{order: throughUpstream} }
func (f *closeEarly) Validate() error { return notNegative("close_early.after_bytes", f.AfterBytes) }

func (f *closeEarly) act(x *exchange) {
	relay := x.relay
	if f.CloseDelimited {
		relay = x.relayUndelimited
	}
	if x.cutAnswer(f.AfterBytes, relay) {
		x.close(journal.EndClosed)
	}
}

func (f *closeEarly) neverActsOn(op asked) string { return op.noAnswerBody() }

func (f *closeEarly) idleReason() string { return "the response ended before the byte to cut at" }
