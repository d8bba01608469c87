// Package suggest finds the known word that is closest to a misspelt word: [Nearest] returns the
// word, [Hint] a question for the user.
//
// The comparison ignores case. An edit is an insertion, a deletion, a replacement or a swap of
// neighbours. A suggestion has at most one edit for each three written characters, and one edit is
// always allowed.
package suggest

import (
	"strings"
	"unicode/utf8"
)

const longest = 64 // characters; nothing is suggested for a longer word

// Hint returns "did you mean X?" with the nearest word, or "" if no word is near enough.
func Hint(written string, words []string) string {
	if near := Nearest(written, words); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Nearest returns the word with the fewest edits to the written one, or "" if none is near enough.
// Of equally near words it returns the first.
func Nearest(written string, words []string) string {
	if len(written) > longest*utf8.UTFMax {
		return ""
	}
	from := []rune(strings.ToLower(written))
	if len(from) > longest {
		return ""
	}
	best, limit := "", max(1, len(from)/3)
	for _, word := range words {
		if d := edits(from, []rune(strings.ToLower(word)), limit); d <= limit {
			best, limit = word, d-1
		}
	}
	return best
}

// edits returns the optimal string alignment distance of two words, or limit+1 if that is larger
// than limit.
func edits(from, to []rune, limit int) int {
	if len(from)-len(to) > limit || len(to)-len(from) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(from); i++ {
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
		before, last, row = last, row, before
	}
	return min(last[len(to)], limit+1)
}
