package retry

import "fmt"

// Jitter names how a delay is spread, so that clients that failed together do not come back
// together. With d the delay of the schedule and r the ratio:
//
//	additive      [d, d + r·d)        r 0.25 by default
//	none          d
//	full          [0, d)
//	equal         [d/2, d)
//	decorrelated  min(MaxDelay, [initial, 3 · the previous wait))
//	proportional  [d − r·d, d + r·d)  r 0.2 by default, as gRPC does
//
// None of them passes MaxDelay. Where MaxDelay leaves additive jitter too little room above d, its
// range moves down and ends at MaxDelay: at the cap of 30 s the delays lie between 22.5 s and 30 s.
// Proportional jitter keeps the lower half of its range there.
//
// Full, equal and decorrelated are those of "Exponential Backoff And Jitter" (AWS Architecture
// Blog, 2015).
type Jitter uint8

const (
	// JitterAdditive is the zero Jitter.
	JitterAdditive Jitter = iota
	JitterNone
	JitterFull
	JitterEqual
	JitterDecorrelated
	JitterProportional

	jitters = iota
)

var jitterNames = [jitters]string{"additive", "none", "full", "equal", "decorrelated", "proportional"}

// String returns the jitter's name, which [ParseJitter] reads.
func (j Jitter) String() string {
	if int(j) < len(jitterNames) {
		return jitterNames[j]
	}
	return fmt.Sprintf("Jitter(%d)", uint8(j))
}

// ParseJitter reads the name of a jitter.
func ParseJitter(name string) (Jitter, error) {
	for i, known := range jitterNames {
		if name == known {
			return Jitter(i), nil
		}
	}
	return 0,
		fmt.Errorf("retry: no jitter is called %q: want additive, none, full, equal, decorrelated or proportional",
			name)
}

// MarshalText writes the name.
func (j Jitter) MarshalText() ([]byte, error) {
	if int(j) >= len(jitterNames) {
		return nil, fmt.Errorf("retry: %v has no name", j)
	}
	return []byte(j.String()), nil
}

// UnmarshalText reads a name, as [ParseJitter] does.
func (j *Jitter) UnmarshalText(text []byte) error {
	parsed, err := ParseJitter(string(text))
	if err == nil {
		*j = parsed
	}
	return err
}

// ratio is the default spread of the kinds that have one.
func (j Jitter) ratio() float64 {
	if j == JitterProportional {
		return 0.2
	}
	return 0.25
}
