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

// Retryable marks err as worth another attempt, whatever its kind. The mark
// changes neither the text nor what errors.Is and errors.As find. It returns
// nil for nil.
//
// Of several marks on one error the outermost decides. A mark inside an *[Error]
// does not count: an inner call has spent its attempts on it. Marking the *Error
// itself makes the outer call run the inner one again.
func Retryable(err error) error {
	if err == nil {
		return nil
	}
	return newMark(err, ClassTransient)
}

// Permanent marks err as final: no attempt follows, whatever its kind and
// whatever RetryableErrors or a [Classifier] say. It returns nil for nil.
//
// Of several marks on one error the outermost decides.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return newMark(err, ClassPermanent)
}

// marked returns the class that a mark or an inner call gives err, or
// ClassUnknown. An *[Error] is the final word of an inner call: it is permanent,
// whatever it holds, unless a mark is around it.
func marked(err error) Class {
	class, _ := verdict(err)
	return class
}

// verdict walks the tree of err as errors.As does, but not below a mark or an
// *Error. It returns the class of the first mark. An unmarked *Error beside a
// mark decides, and final is true.
func verdict(err error) (class Class, final bool) {
	for err != nil {
		switch e := err.(type) {
		case *mark:
			return e.class, false
		case *Error:
			return ClassPermanent, true
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, branch := range e.Unwrap() {
				own, decides := verdict(branch)
				if decides {
					return own, true
				}
				if class == ClassUnknown {
					class = own
				}
			}
			return class, false
		default:
			return ClassUnknown, false
		}
	}
	return ClassUnknown, false
}
