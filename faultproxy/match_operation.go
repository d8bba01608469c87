package faultproxy

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// This file is about the operations of a match: one operation, a list of which one must match, or
// any.

// operations returns the names that the match lists; none means every request.
func (m *Match) operations() []string {
	if m.Operation == "" {
		return m.Operations
	}
	return append([]string{m.Operation}, m.Operations...)
}

// ops returns the operations of the match; none means every request. Unknown names are left out.
func (m *Match) ops() []s3api.Op {
	var list []s3api.Op
	for _, name := range m.operations() {
		if op, ok := s3api.OpByName(name); ok {
			list = append(list, op)
		}
	}
	return list
}

// validateOperations returns every mistake in the names of operations. field is their path.
func (m *Match) validateOperations(field string) []error {
	var errs []error
	switch {
	case m.Operations != nil && m.Operation != "":
		errs = append(errs, fieldErrorf(field, "Operation and Operations are both set: want one of them"))
	case m.Operations != nil && len(m.Operations) == 0:
		const message = "the list is empty and matches nothing"
		errs = append(errs, &FieldError{field, message, "leave it out for any operation"})
	}
	names := m.operations()
	for i, name := range names {
		if _, ok := s3api.OpByName(name); !ok {
			hint := suggest.Hint(name, s3api.Operations())
			errs = append(errs, &FieldError{field, "unknown operation " + flow.Quote(name), hint})
		} else if slices.Contains(names[:i], name) {
			errs = append(errs, fieldErrorf(field, "%s is listed twice", name))
		}
	}
	return errs
}

// opSet is a set of operations. The empty set stands for every request.
type opSet [(s3api.OpCount + 63) / 64]uint64

func opSetOf(ops []s3api.Op) (s opSet) {
	for _, op := range ops {
		s[op/64] |= 1 << (op % 64)
	}
	return s
}

func (s *opSet) lets(op s3api.Op) bool {
	return *s == opSet{} || s[op/64]&(1<<(op%64)) != 0
}

// eachOp joins what why says of each operation of the match, and returns "" if it says nothing of
// one of them or if the match has no operation.
func (m *Match) eachOp(why func(op s3api.Op) string) string {
	var reasons []string
	for _, op := range m.ops() {
		reason := why(op)
		if reason == "" {
			return ""
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	return strings.Join(reasons, "; ")
}

// coversOperations reports whether m lets every operation through that other does.
func (m *Match) coversOperations(other *Match) bool {
	mine, others := m.ops(), other.ops()
	if len(mine) == 0 {
		return true
	}
	outside := func(op s3api.Op) bool { return !slices.Contains(mine, op) }
	return len(others) > 0 && !slices.ContainsFunc(others, outside)
}

// coversMethod reports whether m lets every method through that other does.
func (m *Match) coversMethod(other *Match) bool {
	if covers(m.Method, other.Method) {
		return true
	}
	ops := other.ops()
	differs := func(op s3api.Op) bool { return op.Method() != m.Method }
	return other.Method == "" && len(ops) > 0 && !slices.ContainsFunc(ops, differs)
}
