package retry

// mark wraps an error with the caller's own decision. It adds nothing to the text.
type mark struct {
	err    error
	class  Class
	hinted bool // err has a Hint
}

func (m *mark) Error() string { return m.err.Error() }
func (m *mark) Unwrap() error { return m.err }

func newMark(err error, class Class) error {
	_, hinted := HintOf(err)
	return &mark{err, class, hinted}
}

// Retryable marks err as worth another attempt, whatever its kind. The mark changes neither the
// text nor what errors.Is and errors.As find. It returns nil for nil.
//
// Of several marks on one error the outermost decides. A mark inside an *[Error] does not count: an
// inner call has spent its attempts on it. Marking the *Error itself makes the outer call run the
// inner one again.
func Retryable(err error) error {
	if err == nil {
		return nil
	}
	return newMark(err, ClassTransient)
}

// Permanent marks err as final: no attempt follows, whatever its kind and whatever RetryableErrors
// or a [Classifier] say. It returns nil for nil.
//
// Of several marks on one error the outermost decides.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return newMark(err, ClassPermanent)
}
