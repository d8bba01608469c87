package faultproxy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// The mistakes that the parameters of respond can have.

func (f *respond) Validate() error {
	errs := f.checkStatuses()
	errs = append(errs, f.checkRetryAfter())
	errs = append(errs, checkHeaders("respond.headers", f.Headers))
	errs = append(errs, f.checkCodes()...)
	if !f.place().zero() && f.Early {
		errs = append(errs, fieldErrorf("respond.early", "has no meaning beside after_bytes"))
	}
	return errors.Join(append(errs, xmlText("respond.message", f.Message),
		notNegative("respond.retry_after", f.RetryAfter), f.checkBody(), f.checkContentType(),
		f.place().validate("respond.after_bytes"))...)
}

func (f *respond) checkRetryAfter() error {
	form := oneOf("respond.retry_after_as", f.RetryAfterAs, AfterSeconds, AfterDate, AfterMilliseconds)
	switch {
	case form != nil:
		return form
	case f.RetryAfterAs != "" && f.RetryAfter == 0:
		return fieldErrorf("respond.retry_after_as", "%s: want retry_after, too", f.RetryAfterAs)
	case f.RetryAfterAs == AfterMilliseconds && f.RetryAfter%time.Millisecond != 0:
		return fieldErrorf("respond.retry_after", "%v: want whole milliseconds", f.RetryAfter)
	case f.RetryAfterAs != AfterMilliseconds && f.RetryAfter%time.Second != 0:
		return fieldErrorf("respond.retry_after", "%v: want whole seconds", f.RetryAfter)
	}
	return nil
}

// checkStatuses checks the status, or those that it is drawn from.
func (f *respond) checkStatuses() (errs []error) {
	wrong := func(format string, args ...any) {
		errs = append(errs, fieldErrorf("respond.status", format, args...))
	}
	ways := 0
	for _, given := range []bool{
		f.Status != 0, f.Statuses != nil, f.StatusRange.Between != nil, f.StatusRange.OneOf != nil,
	} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		wrong("given in %d ways: want a number, a list or a range", ways)
	}
	between := f.StatusRange.Between
	if between != nil && (len(between) != 2 || between[0] >= between[1]) {
		wrong("between %v: want two statuses, the lower first", between)
	}
	if ways == 1 && f.Status == 0 && len(f.Statuses)+len(f.StatusRange.OneOf)+len(between) == 0 {
		wrong("the list is empty: want a status or more")
	}
	for _, status := range slices.Concat(f.Statuses, f.StatusRange.OneOf, between) {
		if status < 200 || status > 599 {
			wrong("%d: want 200 to 599", status)
		}
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		wrong("%d: want 200 to 599", f.Status)
	}
	return errs
}

// checkCodes checks the code, or those that it is drawn from.
func (f *respond) checkCodes() (errs []error) {
	switch {
	case f.Codes == nil:
	case f.Code != "":
		errs = append(errs, fieldErrorf("respond.code", "given in 2 ways: want one code or a list"))
	case len(f.Codes) == 0:
		errs = append(errs, fieldErrorf("respond.code", "the list is empty: want a code or more"))
	case slices.Contains(f.Codes, ""):
		errs = append(errs, fieldErrorf("respond.code", "the list has an empty code"))
	}
	for _, code := range append([]string{f.Code}, f.Codes...) {
		errs = append(errs, errorCode("respond.code", code))
	}
	return errs
}

// checkBody checks that the body is a text. A text that is nearly one of the words is a mistake,
// unless the rule says that it is a text by giving its content type.
func (f *respond) checkBody() error {
	if f.ContentType != "" || hasHeader(f.Headers, "Content-Type") {
		return utf8Text("respond.body", string(f.Body))
	}
	words := make([]string, len(bodyWords))
	for i, word := range bodyWords {
		words[i] = string(word)
	}
	if !slices.Contains(words, string(f.Body)) && suggest.Hint(string(f.Body), words) != "" {
		return &FieldError{
			"respond.body", fmt.Sprintf("%q: want %s, or a text with its content_type", f.Body, orList(words)),
			suggest.Hint(string(f.Body), words),
		}
	}
	return utf8Text("respond.body", string(f.Body))
}

func (f *respond) checkContentType() error {
	if f.ContentType == "" {
		return nil
	}
	if hasHeader(f.Headers, "Content-Type") {
		return fieldErrorf("respond.content_type", "headers has it too: want one of them")
	}
	return checkHeaders("respond.content_type", map[string]string{"Content-Type": f.ContentType})
}

// checkHeaders checks headers that a fault adds to a response.
func checkHeaders(field string, headers map[string]string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if err := wire.ValidateHeader(name, headers[name]); err != nil {
			errs = append(errs, fieldErrorf(field, "%v", err))
		} else if wire.IsFramingHeader(name) {
			errs = append(errs, fieldErrorf(field, "%s: the proxy sets this header itself", name))
		} else {
			errs = append(errs, utf8Text(field, headers[name]))
		}
	}
	return errors.Join(errs...)
}
