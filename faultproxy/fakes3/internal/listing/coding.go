package listing

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// Coding is how a listing writes keys: as they are, or percent-encoded if it is "url".
type Coding string

// CodingOf reads the parameter encoding-type.
func CodingOf(query url.Values) (Coding, error) {
	text := query.Get("encoding-type")
	if text != "" && text != "url" {
		return "", s3err.Argument("encoding-type", text, "Invalid Encoding Method specified in Request")
	}
	return Coding(text), nil
}

// Encode writes texts in this coding. Without a coding it refuses a text that XML 1.0 cannot
// encode: the client would read another key.
func (c Coding) Encode(texts ...*string) error {
	for _, text := range texts {
		if c == "url" {
			*text = strings.ReplaceAll(url.QueryEscape(*text), "%2F", "/")
			continue
		}
		for i, char := range *text {
			if !inXML(char) || char == utf8.RuneError && !strings.HasPrefix((*text)[i:], "\uFFFD") {
				return s3err.Errorf(s3err.InvalidArgument, "key %q: XML 1.0 cannot encode %U: want encoding-type=url",
					*text,
					char).
					With("ArgumentName", "encoding-type")
			}
		}
	}
	return nil
}

// inXML reports whether XML 1.0 section 2.2 allows a character.
func inXML(r rune) bool {
	return r == 0x9 || r == 0xA || r == 0xD || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}
