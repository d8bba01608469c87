package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// ServerBreak says that S3 itself breaks off: the connection between the proxy and S3 ends at a
// place of an exchange, as it does when a node behind a load balancer dies. What the client gets
// then is what the proxy makes of it.
type ServerBreak struct {
	strictyaml.Block `yaml:"-"`
	At               BreakPlace `yaml:"at,required"`
	Method           string     `yaml:"method"`      // of the request; empty: any
	Key              string     `yaml:"key"`         // a pattern; empty: any
	AfterBytes       Size       `yaml:"after_bytes"` // of the body, at request_body and response_body
	Times            int        `yaml:"times,positive"`
}

// BreakPlace is a place of an exchange between the proxy and S3.
type BreakPlace string

// The places at which S3 breaks off.
const (
	BreakConnect      BreakPlace = "connect"       // S3 refuses the connection
	BreakRequestHead  BreakPlace = "request_head"  // before it acts
	BreakRequestBody  BreakPlace = "request_body"  // within the body, before it acts
	BreakResponseHead BreakPlace = "response_head" // after it acted, before a response
	BreakResponseBody BreakPlace = "response_body" // within the body of the response
	BreakIdle         BreakPlace = "idle"          // after the response: the next request meets a dead connection
)

// breaks checks how S3 breaks off.
func (v *validator) breaks() {
	for i := range v.s.Server.Breaks {
		b := &v.s.Server.Breaks[i]
		inBody := b.At == BreakRequestBody || b.At == BreakResponseBody
		if b.Has("after_bytes") && b.Understood("at") && !inBody {
			v.Add(b.KeySpan("after_bytes"), "", "server.breaks.after_bytes: it applies to a body, not to %s", b.At)
		}
		if b.Understood("at") && b.At == BreakConnect {
			for _, key := range []string{"method", "key"} {
				if b.Has(key) {
					v.Add(b.KeySpan(key), "", "server.breaks.%s: a connection has no request yet", key)
				}
			}
		}
		v.breakMethod(b)
		v.pattern(b.ValueSpan("key"), b.Key, "server.breaks.key")
	}
}
