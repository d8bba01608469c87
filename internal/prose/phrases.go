package main

// The phrases that may not come back: in comments and strings, where line ends count as spaces, and
// in names, where "two words" are TwoWords.

import (
	_ "embed"
	"fmt"
	"go/token"
	"regexp"
	"strings"
	"unicode"
)

//go:embed phrases.txt
var phraseList string

// A phrase is one line of the list.
type phrase struct {
	text, advice string
	prose, name  *regexp.Regexp
}

// parsePhrases reads a list like phrases.txt.
func parsePhrases(list string) ([]phrase, error) {
	var out []phrase
	for text := range strings.Lines(list) {
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		words, advice, found := strings.Cut(text, "\t")
		if !found {
			return nil, fmt.Errorf("phrase %q: want a tab and an advice behind it", words)
		}
		out = append(out, phrase{
			text: words, advice: strings.TrimSpace(advice),
			prose: regexp.MustCompile(`\b` + anyFirst(words) + `\b`),
			name:  regexp.MustCompile(camel(words)),
		})
	}
	return out, nil
}

// anyFirst matches the words with a first letter of either case and any space between them.
func anyFirst(words string) string {
	first, rest := words[:1], strings.ReplaceAll(regexp.QuoteMeta(words[1:]), " ", `\s+`)
	return "[" + strings.ToUpper(first) + strings.ToLower(first) + "]" + rest
}

// camel matches the words as a part of a name.
func camel(words string) string {
	var joined strings.Builder
	for word := range strings.FieldsSeq(words) {
		joined.WriteString(string(unicode.ToUpper(rune(word[0]))) + word[1:])
	}
	own := string(unicode.ToLower(rune(joined.String()[0]))) + joined.String()[1:]
	return joined.String() + `([^a-z]|$)|^` + own + `([^a-z]|$)`
}

// findPhrases reports each phrase of the list where it stands.
func findPhrases(src *source, list []phrase, report reporter) {
	for _, text := range src.texts() {
		for _, p := range list {
			pattern := p.prose
			if text.kind == token.IDENT {
				pattern = p.name
			}
			for _, found := range pattern.FindAllStringIndex(text.text, -1) {
				at := text.line + strings.Count(text.text[:found[0]], "\n")
				report(src, at, "%q: %s", p.text, p.advice)
			}
		}
	}
}

// texts returns the tokens of the source; line comments that follow each other are one, with spaces
// for their slashes, so that a phrase can go over the end of a line.
func (s *source) texts() []tok {
	var out []tok
	end := -1 // the line behind the comment that was added last
	for _, t := range s.tokens {
		if t.kind == token.COMMENT && strings.HasPrefix(t.text, "//") {
			text := "  " + t.text[2:]
			if t.line == end {
				out[len(out)-1].text += "\n" + text
			} else {
				out = append(out, tok{t.kind, text, t.line})
			}
			end = t.line + 1
			continue
		}
		out, end = append(out, t), -1
	}
	return out
}
