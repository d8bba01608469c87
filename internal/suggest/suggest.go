// Package suggest finds the word that somebody meant: [Nearest].
package suggest

import "strings"

// Nearest is the word nearest to what was written, or "" when none is near
// enough to have been meant: a third of the letters may differ.
func Nearest(written string, words []string) string {
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
