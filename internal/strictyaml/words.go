package strictyaml

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// hintFor asks "did you mean", or lists the words there are.
func hintFor(written, those string, words []string) string {
	if near := suggest.Nearest(written, words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(words) == 1 {
		return "write " + words[0]
	}
	return those + " " + strings.Join(words, ", ")
}

// Enumerate writes words as "a, b and c".
func Enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
