package faultproxy

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGlob(t *testing.T) {
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
		{"*a*a*a*a*a*a*a*a*b", strings.Repeat("a", 5000), false},
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
		g := compileGlob(c.pattern)
		assert.Equal(t, c.want, g.matches(c.text), "%q on %q", c.pattern, c.text)
		require.NoError(t, validGlob(c.pattern))
	}
	for _, p := range []string{"[", "[a", "[]", `\`, `[\`, "[a-", "[z-a]", "[^"} {
		assert.Error(t, validGlob(p), p)
		g := compileGlob(p)
		assert.False(t, g.matches("a"), p)
	}
}

// Where path.Match has an opinion (no "/", no brackets that it reads otherwise), globs share it. Its "*" may end within a
// character, ours may not.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("[a-c]*", "bzz")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		g := compileGlob(pattern)
		got := g.matches(text)
		want, err := path.Match(pattern, text)
		ascii := strings.IndexFunc(text, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
		if err != nil || pattern == "" || !ascii && (!utf8.ValidString(pattern) || strings.Contains(pattern, "?")) || strings.ContainsAny(pattern+text, "/!]") || strings.Contains(pattern, "[") || validGlob(pattern) != nil {
			return
		}
		require.Equal(t, want, got, "%q on %q", pattern, text)
	})
}
