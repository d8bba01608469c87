package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// closest is the word nearest to what was written, or "" when none is near
// enough to have been meant.
func closest(written string, words []string) string {
	if len(written) > 64 {
		return ""
	}
	best, distance := "", 1+max(1, len(written)/3)
	for _, word := range words {
		if d := edits(strings.ToLower(written), strings.ToLower(word)); d < distance {
			best, distance = word, d
		}
	}
	return best
}

// hintFor asks "did you mean", or lists the words there are.
func hintFor(written, those string, words []string) string {
	if near := closest(written, words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(words) == 1 {
		return "write " + words[0]
	}
	return those + " " + strings.Join(words, ", ")
}

// edits is the optimal string alignment distance: how many characters must
// be inserted, dropped, replaced or swapped with their neighbour.
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	var before []int
	last := make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(from); i++ {
		row := make([]int, len(to)+1)
		row[0] = i
		for j := 1; j <= len(to); j++ {
			cost := 1
			if from[i-1] == to[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(to)]
}

// list writes words as "a, b and c".
func list(words []string, and string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	quoted := slices.Clone(words)
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " " + and + " " + quoted[last]
}
