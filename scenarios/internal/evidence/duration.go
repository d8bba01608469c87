package evidence

import "time"

// Time formats a time with a precision that fits its size: "0s", "100ms", "1.25s", "2m10s".
func Time(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Round(100 * time.Millisecond)
	case d >= time.Second:
		d = d.Round(time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(10 * time.Microsecond)
	default:
		d = d.Round(10 * time.Microsecond)
	}
	return d.String()
}
