package control

import (
	"sync"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// warnings remembers why rules can never fire: the comparison of all rules with each other is made
// once for each change, and not for each request.
type warnings struct {
	mu      sync.Mutex
	version uint64 // of the rules; 0: nothing is known yet
	byID    map[int]string
}

// of returns the warnings for rules of a version. It considers the enabled ones only.
func (w *warnings) of(version uint64, statuses []faultproxy.RuleStatus) map[int]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID != nil && w.version == version {
		return w.byID
	}
	byID := map[int]string{}
	var enabled []faultproxy.Rule
	var ids []int
	for _, s := range statuses {
		if s.Enabled {
			named := s.Rule
			named.Name, named.During = s.Label, s.Window // as the warning calls it, and in one time
			enabled = append(enabled, named)
			ids = append(ids, s.ID)
		}
	}
	for _, u := range faultproxy.Shadowed(enabled) {
		byID[ids[u.Index]] = "it can never fire: " + u.Why
	}
	w.version, w.byID = version, byID
	return byID
}
