package retry

import (
	"math"
	"strings"
	"time"
)

// Hint is what a server said about the time of the next attempt.
type Hint struct {
	// After is the shortest wait it asks for.
	After time.Duration
	// Window bounds what the server can add. With 0 the wait is at least After and at most the
	// longer of MaxDelay and MaxHint, spread above After by the jitter. Otherwise the wait is After
	// brought into [t, t + Window], where t is the schedule's own delay: the rule of
	// x-amz-retry-after.
	Window time.Duration
}

// amzWindow is how much x-amz-retry-after may add to the schedule's delay ("retry behavior 2.1" of
// the AWS SDKs).
const amzWindow = 5 * time.Second

// HintOf finds the hint that err or an error in its tree carries, by one of the methods
//
//	RetryHint() (retry.Hint, bool)
//	RetryAfter() (time.Duration, bool)
//	RetryAfter() time.Duration
//
// Only positive times count. [ParseHint] makes a Hint from the headers of a response.
func HintOf(err error) (Hint, bool) {
	for err != nil {
		s := knownShape(err)
		if s == nil {
			s = learn(err)
		}
		if s.asks&asksHint != 0 {
			if hint, ok := ownHint(err); ok {
				return hint, true
			}
		}
		switch {
		case s.asks&asksOne != 0:
			err = err.(interface{ Unwrap() error }).Unwrap()
		case s.asks&asksMany != 0:
			for _, branch := range err.(interface{ Unwrap() []error }).Unwrap() {
				if hint, ok := HintOf(branch); ok {
					return hint, true
				}
			}
			return Hint{}, false
		default:
			return Hint{}, false
		}
	}
	return Hint{}, false
}

// mayHint reports whether the type of err has one of the methods that HintOf calls.
func mayHint(err error) bool {
	switch err.(type) {
	case interface{ RetryHint() (Hint, bool) }, interface{ RetryAfter() (time.Duration, bool) },
		interface{ RetryAfter() time.Duration }:
		return true
	}
	return false
}

func ownHint(err error) (Hint, bool) {
	var hint Hint
	ok := true
	switch e := err.(type) {
	case interface{ RetryHint() (Hint, bool) }:
		hint, ok = e.RetryHint()
	case interface{ RetryAfter() (time.Duration, bool) }:
		hint.After, ok = e.RetryAfter()
	case interface{ RetryAfter() time.Duration }:
		hint.After = e.RetryAfter()
	}
	return hint, ok && hint.After > 0
}

// ParseHint reads the hint in the headers of a response that arrived at now: x-amz-retry-after in
// milliseconds, else retry-after-ms or x-ms-retry-after-ms in milliseconds, else Retry-After in
// seconds or as a date. A date is measured against the response's own Date, if it has one, so that
// a local clock that is wrong does no harm. What cannot be read, is negative or is in the past is
// no hint; what overflows is the longest duration.
func ParseHint(header map[string][]string, now time.Time) (Hint, bool) {
	if after, ok := parseCount(first(header, "X-Amz-Retry-After"), time.Millisecond); ok {
		return Hint{After: after, Window: amzWindow}, after > 0
	}
	for _, name := range [...]string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		whole, _, _ := strings.Cut(first(header, name), ".")
		if after, ok := parseCount(whole, time.Millisecond); ok {
			return Hint{After: after}, after > 0
		}
	}
	value := first(header, "Retry-After")
	if after, ok := parseCount(value, time.Second); ok {
		return Hint{After: after}, after > 0
	}
	at, ok := parseDate(value)
	if !ok {
		return Hint{}, false
	}
	if served, ok := parseDate(first(header, "Date")); ok {
		now = served
	}
	after := at.Sub(now)
	return Hint{After: after}, after > 0
}

// first returns the value of a header whose canonical name is given.
func first(header map[string][]string, name string) string {
	if values := header[name]; len(values) > 0 {
		return strings.TrimSpace(values[0])
	}
	return ""
}

// parseCount reads a whole number of units, all digits.
func parseCount(text string, unit time.Duration) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	longest := int64(math.MaxInt64) / int64(unit)
	var n int64
	for i := range len(text) {
		digit := int64(text[i]) - '0'
		if digit < 0 || digit > 9 {
			return 0, false
		}
		if n > (longest-digit)/10 {
			n = longest
			continue
		}
		n = n*10 + digit
	}
	return time.Duration(n) * unit, true
}

// parseDate reads the three forms of an HTTP date (RFC 9110, section 5.6.7).
func parseDate(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// apply combines the hint with the delay that the schedule gives.
func (h Hint) apply(delay time.Duration, s *schedule, salt uint64, name string, attempt int,
	maxHint time.Duration,
) time.Duration {
	after := max(h.After, 0)
	if h.Window > 0 {
		if after > delay {
			delay += min(after-delay, h.Window)
		}
		return max(delay, 0)
	}
	if maxHint == 0 {
		maxHint = s.MaxDelay
	}
	after = min(after, maxHint)
	if after <= delay {
		return delay
	}
	longest := max(s.MaxDelay, maxHint)
	spread := int64(0)
	if s.Jitter != JitterNone {
		spread = int64(float64(after) * s.JitterRatio)
		spread = max(0, min(spread, int64(longest-after))) // 2^63 as an int64 may be negative
	}
	return after + time.Duration(below(draw(s.Seed^salt, name, attempt), spread))
}
