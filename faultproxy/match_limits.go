package faultproxy

import (
	"errors"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// This file is about the fields of a match that are neither names nor patterns: lengths, reused
// connections, and the requests that are left out.

// limits are these fields, prepared for matching.
type limits struct {
	min, max int64 // max 0: no limit
	reused   *bool // nil: any
	not      *matcher
}

// limits returns the prepared fields, or nil if none is set.
func (m *Match) limits() *limits {
	if !m.limitsLength() && m.Reused == nil && m.Not == nil {
		return nil
	}
	l := &limits{min: int64(m.MinLength), max: int64(m.MaxLength), reused: m.Reused}
	if m.Not != nil {
		c := m.Not.compile()
		l.not = &c
	}
	return l
}

// limitsLength reports whether the match has a limit of the length.
func (m *Match) limitsLength() bool { return m.MinLength != 0 || m.MaxLength != 0 }

// allow reports whether the request is within the limits.
func (l *limits) allow(r *s3api.Request) bool {
	if l.min != 0 || l.max != 0 {
		n, known := r.Length()
		if !known || n < l.min || l.max != 0 && n > l.max {
			return false
		}
	}
	return (l.reused == nil || *l.reused == r.Reused) && (l.not == nil || !l.not.matches(r))
}

// validateLengths returns the mistakes in the lengths. at is the path of the match.
func (m *Match) validateLengths(at string) error {
	errs := []error{notNegative(at+".min_length", m.MinLength), notNegative(at+".max_length", m.MaxLength)}
	if m.MaxLength > 0 && m.MinLength > m.MaxLength {
		errs = append(errs, fieldErrorf(at+".min_length", "%v: want at most max_length, which is %v",
			m.MinLength, m.MaxLength))
	}
	return errors.Join(errs...)
}

// validateNot returns the mistakes in Not. at is its path.
func (m *Match) validateNot(at string) error {
	switch {
	case m.Not == nil:
		return nil
	case m.Not.Not != nil:
		return fieldErrorf(at+".not", "want one level of not")
	case m.Not.firstField() == "":
		return &FieldError{at, "is empty, so it leaves every request out", "leave it out"}
	}
	return m.Not.validate(at)
}

// coversLimits reports whether m lets every request through, as far as its limits go, that other
// lets through.
func (m *Match) coversLimits(other *Match) bool {
	switch {
	case m.limitsLength() && !other.limitsLength():
		return false // other matches bodies of unknown length
	case m.MinLength > other.MinLength, m.MaxLength != 0 && (other.MaxLength == 0 || other.MaxLength > m.MaxLength):
		return false
	case m.Reused != nil && (other.Reused == nil || *other.Reused != *m.Reused):
		return false
	}
	return m.Not == nil || other.Not != nil && other.Not.covers(m.Not)
}

// leavesOutAll reports whether every request that the other fields match is left out by Not.
func (m *Match) leavesOutAll() bool {
	if m.Not == nil {
		return false
	}
	bare := *m
	bare.Not = nil
	return m.Not.covers(&bare)
}
