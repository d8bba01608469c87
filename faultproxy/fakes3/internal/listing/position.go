package listing

import (
	"encoding/base64"
	"net/url"
	"strconv"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// Token makes an opaque token of a position in a listing.
func Token(position string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1" + position))
}

// Position reads the position that a token stands for. An empty token stands for the start.
func Position(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) == 0 || raw[0] != '1' {
		return "", s3err.Errorf(s3err.InvalidArgument, "The continuation token provided is incorrect").
			With("ArgumentName", "continuation-token")
	}
	return string(raw[1:]), nil
}

// Limit reads a parameter that bounds a page. A number above most, and no number, stand for most.
func Limit(query url.Values, name string, most int) (int, error) {
	n, err := Number(query.Get(name), name, most)
	return min(n, most), err
}

// Number reads a number of 0 or more that a request gives by a name. An empty text stands for
// absent.
func Number(text, name string, absent int) (int, error) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return 0, s3err.Argument(name, text, "Provided %s not an integer or within integer range", name)
	case n < 0:
		return 0, s3err.Argument(name, text, "Argument %s must be an integer between 0 and 2147483647", name)
	}
	return int(n), nil
}
