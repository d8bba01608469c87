package faultproxy

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// listFault sends a page of a list with changes.
type listFault ListEdit

// ListEdit says how [EditList] changes a page of a list. At least one field is set.
type ListEdit struct {
	Drop      Entries `yaml:"drop"`      // objects that the page lacks; KeyCount fits
	Duplicate Entries `yaml:"duplicate"` // objects that the page has twice; KeyCount fits
	// the page ends with the token that it was asked for with; the first page passes unchanged
	RepeatToken bool `yaml:"repeat_token"`
	// the page says that more pages follow, but has no token for the next one
	TruncateWithoutToken bool `yaml:"truncate_without_token"`
	KeyCount             *int `yaml:"key_count"` // 0 or more; nil: the right number
}

// Entries chooses objects on a page of a list: "2" the last two, anything else those whose whole
// key matches the pattern, and "" none.
type Entries string

// EditList sends pages of ListObjects and ListObjectsV2 with changes. The fault acts on responses
// with status 200, and only if it finds something to change.
func EditList(e ListEdit) Fault {
	if e.KeyCount != nil { // because a fault must not change
		n := *e.KeyCount
		e.KeyCount = &n
	}
	return (*listFault)(&e)
}

func (f *listFault) Kind() string   { return "list" }
func (f *listFault) String() string { return printFault(f) }
func (f *listFault) part(r *Rule)   { r.Fault = f }
func (f *listFault) traits() traits { return traits{order: throughUpstream, spoils: true} }
func (f *listFault) Validate() error {
	var errs []error
	if *f == (listFault{}) {
		errs = append(errs, fieldErrorf("list", "no change: want drop, duplicate, repeat_token, "+
			"truncate_without_token or key_count"))
	}
	if f.RepeatToken && f.TruncateWithoutToken {
		errs = append(errs, fieldErrorf("list.repeat_token", "has no meaning beside truncate_without_token"))
	}
	if f.KeyCount != nil {
		errs = append(errs, notNegative("list.key_count", *f.KeyCount))
	}
	return errors.Join(append(errs, f.Drop.check("list.drop"), f.Duplicate.check("list.duplicate"))...)
}

// UnmarshalText reads a number or a pattern.
func (e *Entries) UnmarshalText(text []byte) error {
	*e = Entries(text)
	return nil
}

func (e Entries) check(field string) error {
	if strings.ContainsFunc(string(e), unicode.IsControl) {
		return fieldErrorf(field, "contains a control character: want ? in its place")
	}
	if n, ok := e.number(); ok && n == 0 {
		return fieldErrorf(field, "0: want 1 or more, or a pattern of keys")
	}
	return validPattern(field, string(e))
}

func (f *listFault) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return req.Operation == "ListObjects" || req.Operation == "ListObjectsV2"
}

func (f *listFault) act(x *exchange) {
	if !x.through() {
		return
	}
	if !x.hasDocument() {
		x.relayUnfired()
		return
	}
	head, content, ok := x.readAnswer()
	if !ok {
		return
	}
	page, changed := f.edit(&x.req, content)
	if !changed {
		x.unfire(false)
	}
	x.sendRewritten(head, page)
}

func (f *listFault) neverActsOn(op asked) string {
	if op.name != "" && op.name != "ListObjects" && op.name != "ListObjectsV2" || op.name == "" && op.method != "GET" {
		return "list changes the answers of ListObjects and ListObjectsV2, never " + op.subject()
	}
	return ""
}

func (f *listFault) idleReason() string { return "the pages had nothing to change" }
