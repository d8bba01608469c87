package faultproxy

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
)

// Size is a number of bytes. Its text is a whole number, or a whole number with the unit B, KiB,
// MiB, GiB or TiB: "64KiB", "500B".
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// ParseSize reads a size. Negative numbers, fractions and sizes of more than 63 bits are errors.
func ParseSize(text string) (Size, error) {
	number, unit := text, int64(1)
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = n, u.bytes
			break
		}
	}
	digits := strings.TrimRight(number, " ")
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%s: want a size like 500B, 64KiB or 1MiB%s", flow.Quote(text), sizeHint(text))
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case digits == "":
		return 0, fmt.Errorf("%s: want a size like 500B, 64KiB or 1MiB", flow.Quote(text))
	case err != nil || n > math.MaxInt64/unit:
		return 0, fmt.Errorf("size %s is too large: want less than 8388608TiB", flow.Quote(text))
	}
	return Size(n * unit), nil
}

// sizeHint suggests the size that a decimal or lower-case unit probably means.
func sizeHint(text string) string {
	lower := strings.ToLower(text)
	for _, u := range sizeUnits[:4] {
		long := strings.ToLower(u.name)
		for _, suffix := range []string{long, long[:1] + "b", long[:1]} {
			if n, ok := strings.CutSuffix(lower, suffix); ok && n != "" && strings.Trim(n, "0123456789") == "" {
				return fmt.Sprintf(" (did you mean %s%s?)", n, u.name)
			}
		}
	}
	return ""
}

// String returns the shortest text that ParseSize reads as the same size.
func (s Size) String() string {
	for _, u := range sizeUnits[:4] {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// UnmarshalText reads a size as ParseSize does.
func (s *Size) UnmarshalText(text []byte) error {
	n, err := ParseSize(string(text))
	if err == nil {
		*s = n
	}
	return err
}

// MarshalText returns the text of String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
