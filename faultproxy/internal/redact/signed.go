package redact

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// The parameters of a presigned URL are secret even in a key, or in a parameter that is harmless
// itself: a client that encodes a whole URL as a prefix or a key sends its signature there.

// signing are the names of parameters that only presigned URLs have.
var signing = []string{"x-amz-signature", "x-amz-credential", "x-amz-security-token"}

// signingV2 are those of signature version 2. Other texts have such words too, so they count only
// where a parameter begins.
var signingV2 = []string{"signature=", "awsaccesskeyid="}

// Key returns an object's key, or an identity that contains one. If the text contains the signature
// of a presigned URL, Key returns [Redacted] with a hash, so that different texts stay different.
func Key(key string) string {
	if !signed(key) {
		return key
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(key)) // never fails
	return fmt.Sprintf("%s-%08x", Redacted, sum.Sum32())
}

// signed reports whether a text contains a parameter of a presigned URL with a value, behind at
// most maxEscapes layers of percent-encoding.
func signed(text string) bool {
	for range maxEscapes + 1 {
		if signedPlainly(strings.ToLower(text)) {
			return true
		}
		inner := httptext.UnescapeQuery(text)
		if inner == text {
			return false
		}
		text = inner
	}
	return false
}

func signedPlainly(text string) bool {
	for _, name := range signing {
		if _, rest, ok := strings.Cut(text, name); ok && strings.ContainsAny(rest, "=:%") {
			return true
		}
	}
	for _, name := range signingV2 {
		for rest := text; ; {
			before, after, ok := strings.Cut(rest, name)
			if !ok {
				break
			}
			if strings.HasSuffix(before, "&") || strings.HasSuffix(before, "?") || strings.HasSuffix(before, "#") {
				return true
			}
			rest = after
		}
	}
	return false
}
