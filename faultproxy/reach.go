package faultproxy

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// picky is implemented by faults that can do nothing to some requests: a rule that matches only such never fires.
type picky interface {
	// spares says why the fault never strikes requests of an operation, or "".
	spares(op asked) (why string)
}

func (f *slicer) spares(op asked) string     { return op.noAnswerBody() }
func (f *bandwidth) spares(op asked) string  { return op.noAnswerBody() }
func (f *closeEarly) spares(op asked) string { return op.noAnswerBody() }

func (f *corrupt) spares(op asked) string {
	if f.In == "request" {
		return op.noRequestBody()
	}
	return op.noAnswerBody()
}

func (f *resetPeer) spares(op asked) string {
	if f.At == "" || f.At == AtResponseBody {
		return op.noAnswerBody()
	}
	return ""
}

// A client expects a 100 before it sends a body.
func (f *continueFault) spares(op asked) string { return op.noRequestBody() }

func (f *stale) spares(op asked) string {
	switch op.name {
	case "GetObject", "HeadObject", "ListObjects", "ListObjectsV2":
		return ""
	}
	return "stale answers reads of objects and lists, never " + op.subject()
}

// asked is what a kind of request asks for: an operation, or a method without one (then the name is "").
type asked struct{ name, method string }

func askedFor(op s3api.Op) asked { return asked{op.String(), op.Method()} }

// noAnswerBody holds where no answer has a body, that of an error included.
func (o asked) noAnswerBody() string {
	if o.method == "HEAD" {
		return o.subject() + " is answered without a body"
	}
	return ""
}

// noRequestBody holds where the S3 API has none and HTTP gives one no meaning (RFC 9110, section 9.3).
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

// spared says why a fault strikes no request that a match lets through, or "".
func (m *Match) spared(f Fault) string {
	p, ok := f.(picky)
	if !ok {
		return ""
	}
	if len(m.operations()) > 0 || m.Method == "" {
		return m.eachOp(func(op s3api.Op) string { return p.spares(askedFor(op)) })
	}
	for op := range s3api.Op(s3api.OpCount) {
		if op.Method() == m.Method && p.spares(askedFor(op)) == "" {
			return ""
		}
	}
	return p.spares(asked{method: m.Method})
}
