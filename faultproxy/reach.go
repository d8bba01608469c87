package faultproxy

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// selective is implemented by faults that cannot act on some requests. A rule that matches only
// such requests never fires.
type selective interface {
	// neverActsOn returns why the fault cannot act on requests of an operation, or "" if it can.
	neverActsOn(op asked) (why string)
}

// asked is a kind of request: an operation with its method, or a method alone with an empty name.
type asked struct{ name, method string }

func askedFor(op s3api.Op) asked { return asked{op.String(), op.Method()} }

// noAnswerBody returns a reason if no response to the operation has a body, not even an error.
func (o asked) noAnswerBody() string {
	if o.method == "HEAD" {
		return o.subject() + " is answered without a body"
	}
	return ""
}

// noRequestBody returns a reason if requests of the operation have no body in the S3 API. For their
// methods, HTTP gives a body no meaning (RFC 9110, section 9.3).
func (o asked) noRequestBody() string {
	if o.name != "" && slices.Contains([]string{"GET", "HEAD", "DELETE"}, o.method) {
		return o.name + " carries no body"
	}
	return ""
}

// noBody returns a reason if no request or no response of the operation has a body.
func (o asked) noBody(request bool) string {
	if request {
		return o.noRequestBody()
	}
	return o.noAnswerBody()
}

// subject returns the subject of a sentence about the operation.
func (o asked) subject() string {
	if o.name == "" {
		return o.method
	}
	return o.name
}

// neverActs returns why a fault acts on no request that the match lets through, or "" if it acts on
// some.
func (m *Match) neverActs(f Fault) string {
	p, ok := f.(selective)
	if !ok {
		return ""
	}
	if len(m.operations()) > 0 || m.Method == "" {
		return m.eachOp(func(op s3api.Op) string { return p.neverActsOn(askedFor(op)) })
	}
	for op := range s3api.Op(s3api.OpCount) {
		if op.Method() == m.Method && p.neverActsOn(askedFor(op)) == "" {
			return ""
		}
	}
	return p.neverActsOn(asked{method: m.Method})
}
