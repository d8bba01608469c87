package scripted

import (
	"errors"
	"net/http"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// failure makes the error that the file describes; nil for none.
func failure(e *script.CallError) error {
	if e == nil {
		return nil
	}
	var err error
	if e.Is != "" || e.Type != "" || e.Text != "" || e.Wraps != nil || e.Joins != nil {
		err = unmarked(e)
	}
	switch e.Mark {
	case script.MarkRetryable:
		return retry.Retryable(err)
	case script.MarkPermanent:
		return retry.Permanent(err)
	}
	return err
}

func unmarked(e *script.CallError) error {
	if e.Is != "" {
		return e.Is.Value()
	}
	if e.Joins != nil {
		var all []error
		for i := range e.Joins {
			all = append(all, failure(&e.Joins[i]))
		}
		return errors.Join(all...)
	}
	p := plain{text: e.Text, inner: failure(e.Wraps)}
	if e.Type == "" {
		return &p
	}
	return shapes[e.Type](p, e)
}

// plain is an error that says nothing of itself but its text.
type plain struct {
	text  string
	inner error
}

func (p *plain) Error() string {
	switch {
	case p.inner == nil:
		return p.text
	case p.text == "":
		return p.inner.Error()
	}
	return p.text + ": " + p.inner.Error()
}

func (p *plain) Unwrap() error { return p.inner }

// cause is the inner error; without one, an error with the text.
func (p *plain) cause() error {
	if p.inner == nil {
		return errors.New(p.text)
	}
	return p.inner
}

// answer is what a method answers: true unless the file says false.
func answer(e *script.CallError) bool { return e.Answer == nil || *e.Answer }

// hint is what a response asks for: by its headers, or as the file says.
func hint(e *script.CallError) (retry.Hint, bool) {
	if e.Headers == nil {
		return retry.Hint{After: time.Duration(e.RetryAfter), Window: time.Duration(e.Window)}, answer(e)
	}
	header := http.Header{}
	for name, value := range e.Headers {
		header.Set(name, value)
	}
	return retry.ParseHint(header, time.Now())
}
