package evidence

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// Bytes formats content for a report: short printable content in quotes, other content as its size
// and the start of its SHA-256.
func Bytes(content []byte) string {
	if len(content) == 0 {
		return "0 bytes"
	}
	if len(content) <= 32 && printable(content) {
		return fmt.Sprintf("%q", content)
	}
	return fmt.Sprintf("%d bytes (sha256 %.8x…)", len(content), sha256.Sum256(content))
}

func printable(content []byte) bool {
	return !slices.ContainsFunc(content, func(b byte) bool { return b < ' ' || b > '~' })
}
