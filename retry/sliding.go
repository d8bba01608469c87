package retry

import "time"

// sliding counts attempts in a window of time that slides, by tenths of it.
type sliding struct {
	attempts, failures uint32 // sums over all parts
	at                 int64  // the newest part, counted from the engine's epoch
	parts              [windowParts]struct{ attempts, failures uint32 }
}

const windowParts = 10

// add counts an attempt that ended at a time.
func (s *sliding) add(at, window time.Duration, failed bool) {
	s.advance(at, window)
	part := &s.parts[uint64(s.at)%windowParts]
	part.attempts++
	s.attempts++
	if failed {
		part.failures++
		s.failures++
	}
}

// advance forgets the parts that have left the window.
func (s *sliding) advance(at, window time.Duration) {
	newest := int64(at / max(window/windowParts, 1))
	if steps := newest - s.at; steps < 0 || steps >= windowParts {
		*s = sliding{at: newest}
		return
	}
	for s.at < newest {
		s.at++
		part := &s.parts[uint64(s.at)%windowParts]
		s.attempts -= part.attempts
		s.failures -= part.failures
		part.attempts, part.failures = 0, 0
	}
}
