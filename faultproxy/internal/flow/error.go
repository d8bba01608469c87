package flow

import (
	"fmt"
	"unicode/utf8"
)

// Error is a mistake in a text.
type Error struct {
	Column  int // of the mistake, in characters from 1
	Message string
	Hint    string // what to write instead; "": no suggestion
}

func (e *Error) Error() string {
	s := fmt.Sprintf("column %d: %s", e.Column, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// errorf returns the error of a mistake at a byte offset of the text.
func errorf(text string, at int, format string, args ...any) *Error {
	return &Error{
		Column:  utf8.RuneCountInString(text[:min(at, len(text))]) + 1,
		Message: fmt.Sprintf(format, args...),
	}
}
