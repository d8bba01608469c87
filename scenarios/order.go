package scenarios

import (
	"strconv"
	"strings"
)

// An order knows which steps are taken one after another. Times alone do not tell: under virtual time a step begins at the instant at which the one
// before it has ended.
type order struct {
	parallel map[string]bool // the steps that hold steps which run together
}

func orderOf(nodes []*node) order {
	o := order{parallel: make(map[string]bool)}
	for _, n := range allNodes(nodes) {
		if n.Operation == "parallel" {
			o.parallel[n.ID] = true
		}
	}
	return o
}

// inTurn says whether the step earlier had ended before the step later began, by the ids that are their places in the file.
func (o order) inTurn(earlier, later string) bool {
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
