package faultproxy

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// selective is implemented by faults that can do nothing to some requests: a rule that matches only
// such never fires.
type selective interface {
	// neverActsOn says why the fault never strikes requests of an operation, or "".
	neverActsOn(op asked) (why string)
}

// asked is what a kind of request asks for: an operation, or a method without one (then the name is
// "").
type asked struct{ name, method string }

func askedFor(op s3api.Op) asked { return asked{op.String(), op.Method()} }

// noAnswerBody holds where no answer has a body, that of an error included.
func (o asked) noAnswerBody() string {
	if o.method == "HEAD" {
		return o.subject() + " is answered without a body"
	}
	return ""
}

// noRequestBody holds where the S3 API has none and HTTP gives one no meaning (RFC 9110, section
// 9.3).
func (o asked) noRequestBody() string {
	if o.name != "" && slices.Contains([]string{"GET", "HEAD", "DELETE"}, o.method) {
		return o.name + " carries no body"
	}
	return ""
}

// subject is what a sentence calls the operation.
func (o asked) subject() string {
	if o.name == "" {
		return o.method
	}
	return o.name
}

// neverActs says why a fault strikes no request that a match lets through, or "".
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
