package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// replace writes other content over the object that a request is about.
type replace Replace

// Replace says when [ReplaceObject] overwrites the object, and with what.
type Replace struct {
	When       ReplaceTime `yaml:"when"`        // zero: during with AfterBytes, otherwise before
	AfterBytes Size        `yaml:"after_bytes"` // of the response's body, for during
	Size       Size        `yaml:"size"`        // of the new content; zero: the size of the old
}

// ReplaceTime is the moment at which [ReplaceObject] overwrites the object.
type ReplaceTime string

// ReplaceBefore is before the upstream gets the request. ReplaceDuring is while the proxy sends the
// response, which is still that of the old object. ReplaceAfter is when the response was sent.
const (
	ReplaceBefore ReplaceTime = "before"
	ReplaceDuring ReplaceTime = "during"
	ReplaceAfter  ReplaceTime = "after"
)

// ReplaceObject lets another writer overwrite the object of a request, with content that is drawn
// from the seed and the request. The proxy itself is that writer: it sends an unsigned HEAD and an
// unsigned PUT to the upstream. The fault does not fire if there is no object, or if the upstream
// refuses the PUT. A client that reads an object in several requests gets parts of two objects,
// unless it sends If-Match.
func ReplaceObject(r Replace) Fault { return (*replace)(&r) }

func (f *replace) Kind() string   { return "replace" }
func (f *replace) String() string { return printFault(f) }
func (f *replace) part(r *Rule)   { r.Fault = f }
func (f *replace) traits() traits { return traits{order: throughUpstream, faithful: true} }
func (f *replace) Validate() error {
	err := errors.Join(notNegative("replace.after_bytes", f.AfterBytes), notNegative("replace.size", f.Size),
		oneOf("replace.when", f.When, ReplaceBefore, ReplaceDuring, ReplaceAfter))
	if err == nil && f.Size > maxReplaceSize {
		err = fieldErrorf("replace.size", "%v: want at most %v", f.Size, maxReplaceSize)
	}
	if err == nil && f.AfterBytes > 0 && f.When != "" && f.When != ReplaceDuring {
		err = fieldErrorf("replace.after_bytes", "%v: want it with when: during only", f.AfterBytes)
	}
	return err
}

// maxReplaceSize limits replace.size, because the content is held in memory.
const maxReplaceSize Size = 1 << 30

func (f *replace) applies(req *s3api.Request, _ time.Duration, _ any) bool { return req.Key != "" }

func (f *replace) shape(x *exchange, rule *activeRule) shape {
	now := func() bool { return x.replaceObject(rule, f.Size) }
	switch {
	case f.When == ReplaceAfter, f.When == ReplaceDuring, f.When == "" && f.AfterBytes > 0:
		return shape{response: func(r *reply) actor {
			if r.framing.Kind == wire.NoBody && f.AfterBytes == 0 {
				r.edited = now() || r.edited // at once, because the response has no body
				return nil
			}
			if f.When == ReplaceAfter {
				return &replacing{now: now, left: -1}
			}
			return &replacing{now: now, left: int64(f.AfterBytes)}
		}}
	}
	return shape{before: now}
}

// replacing is a shaper that replaces the object after left bytes of the response's body, or at its
// end if left is negative. It changes no byte.
type replacing struct {
	now  func() bool
	left int64
	over bool
	did  bool
}

func (s *replacing) acted() bool { return s.did }

func (s *replacing) replace(next sink) error {
	if err := next.flush(); err != nil {
		return err
	}
	s.over = true
	s.did = s.now()
	return nil
}

func (s *replacing) shape(_ *exchange, piece []byte, next sink) error {
	if !s.over && s.left >= 0 && s.left < int64(len(piece)) {
		n := s.left
		if err := next.put(piece[:n], true); err != nil {
			return err
		}
		if err := s.replace(next); err != nil {
			return err
		}
		piece = piece[n:]
	} else if s.left >= 0 {
		s.left -= int64(len(piece))
	}
	return next.put(piece, true)
}

func (s *replacing) frame(piece []byte, next sink) error { return next.put(piece, false) }

func (s *replacing) end(next sink) error {
	if s.over || s.left > 0 {
		return nil
	}
	return s.replace(next)
}

func (f *replace) neverActsOn(op asked) string {
	switch op.name {
	case "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListBuckets", "ListMultipartUploads", "DeleteObjects",
		"CreateBucket", "DeleteBucket", "HeadBucket":
		return op.subject() + " is about no single object"
	}
	return ""
}

func (f *replace) idleReason() string {
	return "there was no object to replace, or the upstream refused the proxy's own write"
}
