package faultproxy

import (
	"strings"
	"time"
)

// whitespace sends the upstream's document after the time For, and white space until then.
type whitespace struct {
	For time.Duration `yaml:"for"`
}

// Whitespace sends the head of a successful response at once, white space for the time d, one
// character every 10 s, and then the upstream's document. S3 does this while it completes an upload
// or copies an object. d must be positive. The fault acts on responses with status 200 and an XML
// document, except on objects.
func Whitespace(d time.Duration) Fault { return &whitespace{For: d} }

func (f *whitespace) Kind() string   { return "whitespace" }
func (f *whitespace) String() string { return printFault(f) }
func (f *whitespace) part(r *Rule)   { r.Fault = f }
func (f *whitespace) traits() traits { return traits{order: throughUpstream} }
func (f *whitespace) Validate() error {
	if f.For <= 0 {
		return fieldErrorf("whitespace", "%v: want a positive duration", f.For)
	}
	return nil
}

// UnmarshalText reads the short form `whitespace: 60s`.
func (f *whitespace) UnmarshalText(text []byte) error { return unmarshalDuration(&f.For, text) }

func (f *whitespace) act(x *exchange) {
	if !x.through() {
		return
	}
	if !x.hasDocument() {
		x.relayUnfired()
		return
	}
	if head, content, ok := x.readAnswer(); ok {
		x.sendAfterWhitespace(x.reframed(head, inChunks), content, f.For)
	}
}

// hasDocument reports whether the upstream's response is a success with an XML document that is not
// an object.
func (x *exchange) hasDocument() bool {
	return x.up.head.Status == 200 && x.hasBody() && x.req.Operation != "GetObject" &&
		strings.Contains(x.upstreamHeader("Content-Type"), "xml")
}

func (f *whitespace) neverActsOn(op asked) string {
	switch op.name {
	case "GetObject":
		return "white space comes before a document of S3, never in an object"
	case "PutObject", "UploadPart", "DeleteObject", "AbortMultipartUpload":
		return op.subject() + " is answered without a document"
	}
	return op.noAnswerBody()
}

func (f *whitespace) idleReason() string { return "the response was no document with status 200" }
