package s3client

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrInvalidKey marks a key that S3 would refuse, or that could name an object outside the prefix.
// Nothing is sent for it.
var ErrInvalidKey = errors.New("invalid key")

// maxKeyLength is S3's limit for a whole key, in bytes.
const maxKeyLength = 1024

// fullKey returns the key with the client's prefix. A key is not a path, and is not cleaned: "dir/"
// keeps its slash, "a//b" keeps both slashes, and a leading slash stays inside the prefix. The
// segments "." and ".." are refused, because servers and proxies resolve them.
func (c *Client) fullKey(key string) (string, error) {
	if key == "" {
		return "", fmt.Errorf("%w: empty", ErrInvalidKey)
	}
	if err := checkSegments(key); err != nil {
		return "", err
	}
	full := c.config.Prefix + key
	if len(full) > maxKeyLength {
		return "", fmt.Errorf("%w: %d bytes with its prefix, more than %d", ErrInvalidKey, len(full), maxKeyLength)
	}
	return full, nil
}

// ownKey removes the client's prefix from a key; false: the key does not begin with it.
func (c *Client) ownKey(full string) (string, bool) {
	return strings.CutPrefix(full, c.config.Prefix)
}

func checkSegments(key string) error {
	if !utf8.ValidString(key) {
		return fmt.Errorf("%w: %q is not UTF-8", ErrInvalidKey, key)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return fmt.Errorf("%w: %q has a segment %q", ErrInvalidKey, key, segment)
		}
	}
	return nil
}

// withSlash returns a prefix with a slash at its end; the empty one stays empty.
func withSlash(prefix string) string {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return prefix
	}
	return prefix + "/"
}

func cleanPrefix(prefix string) (string, error) {
	if prefix == "" {
		return "", nil
	}
	if err := checkSegments(prefix); err != nil {
		return "", fmt.Errorf("prefix: %w", err)
	}
	prefix = withSlash(prefix)
	if len(prefix) >= maxKeyLength {
		return "", fmt.Errorf("prefix: %w: %d bytes leave no room for a key", ErrInvalidKey, len(prefix))
	}
	return prefix, nil
}
