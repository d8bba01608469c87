package oracle

import (
	"strconv"
	"strings"
)

// An Order knows which steps run one after another. Times do not show it: in virtual time a step
// starts at the instant at which the step before it ended.
type Order struct {
	parallel map[string]bool // ids of the steps whose inner steps run in parallel
}

// NewOrder returns the order of a drill. The ids name the steps whose inner steps run in parallel.
func NewOrder(parallel []string) Order {
	o := Order{parallel: make(map[string]bool)}
	for _, id := range parallel {
		o.parallel[id] = true
	}
	return o
}

// inTurn reports whether the step earlier ended before the step later began. It compares their ids,
// which are their positions in the file, such as "2.1".
func (o Order) inTurn(earlier, later string) bool {
	a, b := strings.Split(earlier, "."), strings.Split(later, ".")
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		m, errA := strconv.Atoi(a[i])
		n, errB := strconv.Atoi(b[i])
		return errA == nil && errB == nil && m < n && !o.parallel[strings.Join(a[:i], ".")]
	}
	return false
}
