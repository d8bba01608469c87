package faultproxy

import (
	"errors"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// This file is about the fields of a match that are neither names nor patterns: lengths, reused
// connections, and the requests that are left out.

// limits are these fields, prepared for matching.
type limits struct {
	min, max int64 // max 0: no limit
	lengths  bool  // min or max is set
	reused   *bool // nil: any
	not      *matcher
}

// limits returns the prepared fields, or nil if none is set.
func (m *Match) limits() *limits {
	if m.MinLength == 0 && m.MaxLength == 0 && m.Reused == nil && m.Not == nil {
		return nil
	}
	l := &limits{
		min: int64(m.MinLength), max: int64(m.MaxLength), lengths: m.MinLength != 0 || m.MaxLength != 0,
		reused: m.Reused,
	}
	if m.Not != nil {
		c := m.Not.compile()
		l.not = &c
	}
	return l
}

// allow reports whether the request is within the limits.
func (l *limits) allow(r *s3api.Request) bool {
	if l.lengths {
		n, known := r.Length()
		if !known || n < l.min || l.max != 0 && n > l.max {
			return false
		}
	}
	return (l.reused == nil || *l.reused == r.Reused) && (l.not == nil || !l.not.matches(r))
}

func (m *Match) validateLengths() error {
	errs := []error{notNegative("match.min_length", m.MinLength), notNegative("match.max_length", m.MaxLength)}
	if m.MaxLength > 0 && m.MinLength > m.MaxLength {
		errs = append(errs, fieldErrorf("match.min_length", "%v: want at most max_length, which is %v",
			m.MinLength, m.MaxLength))
	}
	return errors.Join(errs...)
}

// validateNot returns the mistakes in Not, with the paths of its fields.
func (m *Match) validateNot() error {
	switch {
	case m.Not == nil:
		return nil
	case m.Not.Not != nil:
		return fieldErrorf("match.not.not", "want one level of not")
	case m.Not.firstField() == "":
		return &FieldError{"match.not", "is empty, so it leaves every request out", "leave it out"}
	}
	var errs []error
	for _, err := range joined(m.Not.Validate()) {
		if fe := (*FieldError)(nil); errors.As(err, &fe) {
			below := *fe
			below.Field = "match.not" + strings.TrimPrefix(fe.Field, "match")
			err = &below
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// joined returns the errors that errors.Join has joined, at any depth.
func joined(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, e := range several.Unwrap() {
		all = append(all, joined(e)...)
	}
	return all
}

// coversLimits reports whether m lets every request through, as far as its limits go, that other
// lets through.
func (m *Match) coversLimits(other *Match) bool {
	known := other.MinLength != 0 || other.MaxLength != 0
	switch {
	case (m.MinLength != 0 || m.MaxLength != 0) && !known:
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
