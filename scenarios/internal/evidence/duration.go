package evidence

import "time"

// Time prints a time as precisely as it needs to be: "0s", "100ms", "1.25s", "2m10s".
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
