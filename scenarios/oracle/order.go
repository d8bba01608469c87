package oracle

import (
	"strconv"
	"strings"
)

// An Order knows which steps are taken one after another. Times alone do not tell: under virtual
// time a step begins at the instant at which the one before it has ended.
type Order struct {
	parallel map[string]bool // the steps that hold steps which run together
}

// NewOrder is the order of a drill in which the steps with these ids hold steps that run together.
func NewOrder(parallel []string) Order {
	o := Order{parallel: make(map[string]bool)}
	for _, id := range parallel {
		o.parallel[id] = true
	}
	return o
}

// inTurn says whether the step earlier had ended before the step later began, by the ids that are
// their places in the file.
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
