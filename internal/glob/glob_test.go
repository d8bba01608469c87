package glob_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/glob"
)

func TestPatternMatchesTheWholeText(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "anything", true},
		{"*", "", true},
		{"**", "a/b", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "a/x/b/y/c", true},
		{"a*b*c", "acb", false},
		{"?", "é", true},
		{"?", "", false},
		{"a?", "a", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[^a-c]", "d", true},
		{"[!a]", "a", false},
		{"[]]", "]", true},
		{"[a-]", "-", true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`[\]]`, "]", true},
		{"*?", "", false},
		{"*[é-ü]", "xö", true},
		{"\x9a?", "\x9a0", true},
		{"\x9a?", "\xac0", false},
		{"?", "\xff", true},
		{"*\x80", "߀", false},
		{"*\x80*", "߀", false},
		{"*\x80", "a\x80", true},
		{"*??", "€", false},
		{"*?", "€", true},
	} {
		g := glob.Compile(c.pattern)
		assert.Equal(t, c.want, g.Match(c.text), "%q on %q", c.pattern, c.text)
		require.NoError(t, glob.Check(c.pattern))
	}
}

func TestMalformedPatternIsRefusedAndMatchesNothing(t *testing.T) {
	for _, p := range []string{"[", "[a", "[]", `\`, `[\`, "[a-", "[z-a]", "[^"} {
		assert.Error(t, glob.Check(p), p)
		g := glob.Compile(p)
		assert.False(t, g.Match("a"), p)
	}
}

// An exponential matcher needs more steps than any machine has for these.
func TestPatternWithManyStarsEnds(t *testing.T) {
	for _, stars := range []int{7, 50} {
		g := glob.Compile(strings.Repeat("*a", stars) + "b")
		require.False(t, g.Match(strings.Repeat("a", 60)))
		require.False(t, g.Match(strings.Repeat("a", 5000)))
		require.True(t, g.Match(strings.Repeat("a", 5000)+"b"))
	}
}

func TestEndsAreTheBytesThatEveryMatchHas(t *testing.T) {
	for pattern, want := range map[string]string{
		"": "", "*": "", "abc": "ac", "a*": "a", "*c": " c", "a*c": "ac", "a?[b]": "a", "[a]?c": " c", "é?": "",
		`\*b?c`: "*c",
	} {
		g := glob.Compile(pattern)
		first, last := g.Ends()
		want = (want + "  ")[:2]
		got := strings.ReplaceAll(string([]byte{first, last}), "\x00", " ")
		assert.Equal(t, want, got, "%q", pattern)
	}
}

func TestLiteralIsATextWithoutSpecialCharacters(t *testing.T) {
	for pattern, want := range map[string]string{"a": "a", "a/é": "a/é", "": "", "*": "", "a*": "", `\*`: ""} {
		g := glob.Compile(pattern)
		assert.Equal(t, want, g.Literal(), pattern)
	}
}

func TestCoversIsTrueOnlyWhereItIsCertain(t *testing.T) {
	for _, c := range []struct {
		wide, narrow string
		want         bool
	}{
		{"*", "a?", true},
		{"", "a*b", true},
		{"a*", "abc", true},
		{"a*", "ab*", true},
		{"*c", "a*bc", true},
		{"a?c", "abc", true},
		{"a?c", "a?c", true},
		{"ab*", "a*", false},
		{"a*b", "b*a", false},
		{"abc", "ab*", false},
	} {
		assert.Equal(t, c.want, glob.Covers(c.wide, c.narrow), "%q covers %q", c.wide, c.narrow)
	}
}

// The reference translates the pattern to a regular expression. Both sides get each byte that is
// not UTF-8 as a private character, because regexp knows characters only.
func FuzzPatternMatchesAsRegexp(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("[a-c]*", "bzz")
	f.Add(`[!\]a-]\*`, "b*")
	f.Add("*\x80", "€")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if strings.ContainsFunc(pattern+text, func(c rune) bool { return c >= private }) {
			return
		}
		g := glob.Compile(pattern)
		first, last := g.Ends()
		got := g.Match(text)
		if glob.Check(pattern) != nil {
			require.False(t, got, "%q is malformed", pattern)
			return
		}
		want := regexp.MustCompile(`(?s)\A` + translate(onlyChars(pattern)) + `\z`).MatchString(string(onlyChars(text)))
		require.Equal(t, pattern == "" || want, got, "%q on %q", pattern, text)
		if got && text != "" {
			require.True(t, first == 0 || first == text[0], "%q on %q", pattern, text)
			require.True(t, last == 0 || last == text[len(text)-1], "%q on %q", pattern, text)
		}
	})
}

const private = 0x10FF00

func onlyChars(s string) (chars []rune) {
	for s != "" {
		c, n := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError && n == 1 {
			c = private + rune(s[0])
		}
		chars, s = append(chars, c), s[n:]
	}
	return chars
}

// translate turns a well-formed pattern into a regular expression.
func translate(p []rune) string {
	var b strings.Builder
	char := func() {
		if p[0] == '\\' {
			p = p[1:]
		}
		fmt.Fprintf(&b, `\x{%x}`, p[0])
		p = p[1:]
	}
	class := func() {
		b.WriteString("[")
		if p = p[1:]; p[0] == '^' || p[0] == '!' {
			b.WriteString("^")
			p = p[1:]
		}
		for first := true; first || p[0] != ']'; first = false {
			if char(); p[0] == '-' && p[1] != ']' {
				b.WriteString("-")
				p = p[1:]
				char()
			}
		}
		b.WriteString("]")
		p = p[1:]
	}
	for len(p) > 0 {
		switch p[0] {
		case '*':
			b.WriteString(".*")
			p = p[1:]
		case '?':
			b.WriteString(".")
			p = p[1:]
		case '[':
			class()
		default:
			char()
		}
	}
	return b.String()
}
