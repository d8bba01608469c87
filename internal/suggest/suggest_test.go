package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

func TestNearestSuggestsAWordWithinAThirdOfItsLetters(t *testing.T) {
	words := []string{"attempts", "sends", "waits", "retry/503-twice"}
	for written, meant := range map[string]string{
		"atempts":                "attempts",
		"attempst":               "attempts", // a swap is one edit
		"WAITS":                  "waits",
		"retry/503-twcie":        "retry/503-twice",
		"s":                      "",
		"something-else":         "",
		"":                       "",
		"reträ/503-twice":        "retry/503-twice", // edits are characters, not bytes
		"wiatsx":                 "waits",           // two of six
		"wiat":                   "",                // two of four
		strings.Repeat("a", 100): "",
	} {
		require.Equal(t, meant, suggest.Nearest(written, words), "%q", written)
	}
	require.Empty(t, suggest.Nearest("attempts", nil))
	require.Equal(t, "b1", suggest.Nearest("b", []string{"b1", "b2"}), "the first of equally near words")
}

func TestHintAsksOrIsEmpty(t *testing.T) {
	require.Equal(t, "did you mean sends?", suggest.Hint("sedns", []string{"waits", "sends"}))
	require.Empty(t, suggest.Hint("something-else", []string{"waits", "sends"}))
}
