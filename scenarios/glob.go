package scenarios

import "strings"

// matchGlob says whether all of text matches the pattern, in which * is any run of characters and ? is any one.
func matchGlob(pattern, text string) bool {
	for pattern != "" {
		if pattern[0] == '*' {
			rest := strings.TrimLeft(pattern, "*")
			for i := range len(text) + 1 {
				if matchGlob(rest, text[i:]) {
					return true
				}
			}
			return false
		}
		if text == "" || pattern[0] != '?' && pattern[0] != text[0] {
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}
