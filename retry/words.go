package retry

import (
	"iter"
	"strings"
)

// isSeparator reports whether c stands between words. The slash, the dot, the hyphen and the
// underscore do not: they occur inside paths.
func isSeparator(c rune) bool {
	return c <= ' ' || strings.ContainsRune(":;,()[]{}<>=|!?'`", c)
}

// wordsOf yields the words of a text. alone says that nothing else stands before the next colon, as
// with 404 in "get: 404: gone". A colon counts when a space follows, so that a port is not alone.
func wordsOf(text string) iter.Seq2[string, bool] {
	return func(yield func(word string, alone bool) bool) {
		opens := true // no word since the last colon
		for i := 0; i < len(text); {
			end := i
			for end < len(text) && !isSeparator(rune(text[end])) {
				end++
			}
			if end == i {
				opens = opens && text[i] == ' ' || strings.HasPrefix(text[i:], ": ")
				i++
				continue
			}
			alone := opens && strings.HasPrefix(text[end:], ": ")
			if !yield(strings.TrimRight(text[i:end], "."), alone) {
				return
			}
			opens = false
			i = end
		}
	}
}

// hasPhrase reports whether phrase stands in text with a boundary at both ends, and not after a
// word that denies it.
func hasPhrase(text, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(phrase)
		if (start == 0 || isSeparator(rune(text[start-1]))) && boundary(text[end:]) && !denied(text[:start]) {
			return true
		}
		from = start + 1
	}
}

// boundary reports whether a word may end before rest.
func boundary(rest string) bool {
	rest = strings.TrimLeft(rest, ".")
	return rest == "" || isSeparator(rune(rest[0]))
}

// denied reports whether the text before a phrase says that the phrase does not hold.
func denied(before string) bool {
	for _, word := range [...]string{"no ", "not ", "not a ", "without ", "without a ", "never "} {
		rest, ok := strings.CutSuffix(before, word)
		if ok && (rest == "" || isSeparator(rune(rest[len(rest)-1]))) {
			return true
		}
	}
	return false
}

// unquoted blanks what stands in quotes: names and addresses. Quotes are double, or single or
// backquotes that enclose whole words. A backslash hides the character after it.
func unquoted(text string) string {
	if !strings.ContainsAny(text, "\"'`") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '"' && c != '\'' && c != '`' {
			b.WriteByte(c)
			continue
		}
		length, closed := quoted(text[i:])
		switch {
		case c == '"', closed && opensQuote(text, i):
			b.WriteByte(' ')
			i += length - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quoted returns the length of the quotation at the start of text, and whether it is closed before
// a boundary.
func quoted(text string) (length int, closed bool) {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != '`':
			i++
		case text[i] == quote && (quote == '"' || boundary(text[i+1:])):
			return i + 1, true
		}
	}
	return len(text), false
}

// opensQuote reports whether a quote at i may open a quotation: no word ends there, as in
// "server's".
func opensQuote(text string, i int) bool {
	return i == 0 || isSeparator(rune(text[i-1]))
}
