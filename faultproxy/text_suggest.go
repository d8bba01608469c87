package faultproxy

import "strings"

// didYouMean returns a hint naming the candidate nearest to a word, or "".
func didYouMean(word string, candidates []string) string {
	best, name := 1+len(word)/3, ""
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c), best); d < best || d == best && name == "" {
			best, name = d, c
		}
	}
	if name == "" {
		return ""
	}
	return "did you mean " + name + "?"
}

// distance counts the edits (insert, delete, replace, swap of neighbours) between two words, up to limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
