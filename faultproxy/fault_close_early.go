package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// closeEarly ends the connection with an orderly close before the body is complete.
type closeEarly struct {
	AfterBytes      Amount        `yaml:"after_bytes"` // of the body, sent before the close
	AfterBytesRange AmountRange   `yaml:"after_bytes"`
	After           time.Duration `yaml:"after"` // since the body's first byte, in place of after_bytes
	// send the response without a length, so that the close is its end
	CloseDelimited bool `yaml:"close_delimited"`
}

// CloseEarly closes the connection after so many bytes of the response's body, which is less than
// its Content-Length.
func CloseEarly(afterBytes Size) Fault { return CloseEarlyAt(Bytes(afterBytes)) }

// CloseEarlyAt closes as [CloseEarly] does, at any place of the body.
func CloseEarlyAt(place Place) Fault {
	return &closeEarly{AfterBytes: place.After, AfterBytesRange: place.Range}
}

// CloseEarlyAfter closes the connection when the time d has passed since the first byte of the
// response's body. d must be positive. It does not act on a body that ends before.
func CloseEarlyAfter(d time.Duration) Fault { return &closeEarly{After: d} }

// CloseDelimited sends the response without a length, and closes after so many bytes of its body.
// The client cannot tell from HTTP that the body is not complete.
func CloseDelimited(afterBytes Size) Fault {
	return &closeEarly{AfterBytes: Amount{Bytes: afterBytes}, CloseDelimited: true}
}

func (f *closeEarly) Kind() string    { return "close_early" }
func (f *closeEarly) String() string  { return printFault(f) }
func (f *closeEarly) part(r *Rule)    { r.Fault = f }
func (f *closeEarly) traits() traits  { return traits{order: throughUpstream} }
func (f *closeEarly) Validate() error { return f.cutting().validate("close_early") }

func (f *closeEarly) cutting() cutting {
	return cutting{Place{f.AfterBytes, f.AfterBytesRange}, f.After}
}

func (f *closeEarly) act(x *exchange) {
	relay := x.relay
	if f.CloseDelimited {
		relay = x.relayUndelimited
	}
	if x.cutAnswer(f.cutting(), relay) {
		x.close(journal.EndClosed)
	}
}

func (f *closeEarly) neverActsOn(op asked) string { return op.noAnswerBody() }

func (f *closeEarly) idleReason() string { return f.cutting().idleReason("response") }
