package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// corrupt flips bits of a body. It never changes heads.
type corrupt struct {
	Flip int    `yaml:"flip"` // number of bits, at most maxFlips; zero: 1
	In   string `yaml:"in"`   // response (default) or request
}

// Corrupt flips this many bits of the response's body, at most 65536; 0 means 1. Their places are
// drawn from the seed and the request's identity. If the body has no Content-Length, the proxy
// holds its first 512 bytes back and flips bits of those. The fault does not act on empty bodies.
func Corrupt(bits int) Fault { return &corrupt{Flip: bits} }

// CorruptRequest flips bits of the request's body on its way to the upstream, as [Corrupt] does for
// responses.
func CorruptRequest(bits int) Fault { return &corrupt{Flip: bits, In: "request"} }

func (f *corrupt) Kind() string   { return "corrupt" }
func (f *corrupt) String() string { return printFault(f) }
func (f *corrupt) part(r *Rule)   { r.Fault = f }
func (f *corrupt) traits() traits {
	if f.In == "request" {
		return traits{order: beforeUpstream, corrupts: true}
	}
	return traits{order: throughUpstream, takesAll: true, spoils: true}
}

// maxFlips limits corrupt.flip, because each bit is drawn separately.
const maxFlips = 1 << 16

func (f *corrupt) Validate() error {
	var many error
	if f.Flip > maxFlips {
		many = fieldErrorf("corrupt.flip", "%d: want at most %d", f.Flip, maxFlips)
	}
	return errors.Join(notNegative("corrupt.flip", f.Flip), many, oneOf("corrupt.in", f.In, "response", "request"))
}

func (f *corrupt) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return f.In != "request" || req.HasBody
}

func (f *corrupt) shape(x *exchange, rule *activeRule) shape {
	return x.onBody(f.In == "request", func(body wire.Framing) actor {
		if !longer(body, 0) {
			return nil
		}
		return x.newFlipper(rule, max(1, f.Flip), body)
	})
}

func (f *corrupt) neverActsOn(op asked) string { return op.noBody(f.In == "request") }

func (f *corrupt) idleReason() string { return "there was no body to flip bits in" }
