package faultproxy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// oneOf returns an error unless got is one of the allowed words or "", which means the first of
// them.
func oneOf[T ~string](field string, got T, allowed ...T) error {
	if got == "" || slices.Contains(allowed, got) {
		return nil
	}
	words := make([]string, len(allowed))
	for i, word := range allowed {
		words[i] = string(word)
	}
	return &FieldError{
		field, fmt.Sprintf("%q: want %s", got, orList(words)),
		suggest.Hint(string(got), words),
	}
}

// orList returns the words as a list for a sentence: "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// chainable returns the names of the faults whose rules may have chain.
func chainable() (names []string) {
	for _, k := range kinds {
		if _, ok := k.zero().(shapingFault); ok {
			names = append(names, k.name)
		}
	}
	return names
}

// utf8Text returns an error if s is not UTF-8, because the text form of a rule could not express
// it.
func utf8Text(field, s string) error {
	if !utf8.ValidString(s) {
		return fieldErrorf(field, "contains bytes that are not UTF-8")
	}
	return nil
}

// errorCode returns an error if s cannot be the code in an S3 error document.
func errorCode(field, s string) error {
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return fieldErrorf(field, "contains a control character")
	}
	return xmlText(field, s)
}

// xmlText returns an error if s has a character that XML 1.0 cannot express.
func xmlText(field, s string) error {
	for _, c := range s {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff {
			return fieldErrorf(field, "contains %U, which XML 1.0 cannot encode", c)
		}
	}
	return utf8Text(field, s)
}

// notNegative returns an error if v is below zero.
func notNegative[T ~int | ~int64 | ~float64](field string, v T) error {
	if v < 0 {
		return fieldErrorf(field, "%v: want 0 or more", v)
	}
	return nil
}

func unmarshalDuration(to *time.Duration, text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q: want a duration like 250ms or 1m30s", text)
	}
	*to = d
	return nil
}
