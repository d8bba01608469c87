package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

func TestNearestIsWhatWasMeantOrNothing(t *testing.T) {
	words := []string{"attempts", "sends", "waits", "retry/503-twice"}
	for written, meant := range map[string]string{
		"atempts":                "attempts",
		"attempst":               "attempts", // a swap is one edit
		"WAITS":                  "waits",
		"retry/503-twcie":        "retry/503-twice",
		"s":                      "",
		"something-else":         "",
		"":                       "",
		strings.Repeat("a", 100): "",
	} {
		require.Equal(t, meant, suggest.Nearest(written, words), "%q", written)
	}
	require.Empty(t, suggest.Nearest("attempts", nil))
}
