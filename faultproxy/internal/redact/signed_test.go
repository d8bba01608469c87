package redact

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A client that encodes a whole presigned URL into a parameter, a fragment or a key sends its
// signature there.
func TestSignatureIsHiddenWhereverItStands(t *testing.T) {
	const secret = "5d672d79c15b13162d9279b0855cfba6"
	for _, target := range []string{
		"/b/k?prefix=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D" + secret,
		"/b/k?prefix=https%253A%252F%252Fh%252Fk%253FX-Amz-Signature%253D" + secret,
		"/b/k?marker=a%3FX-Amz-Credential%3D" + secret,
		"/b/k?versionId=a%26Signature%3D" + secret,
		"/b/k?key-marker=X-Amz-Security-Token%3D" + secret,
		"/b/k?continuation-token=a%3FAWSAccessKeyId%3D" + secret,
		"/b/k?to=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D" + secret,
		"/b/k?to=https://h/k?X-Amz-Signature=" + secret,
		"/b/k?j=%7B%22X-Amz-Signature%22%3A%22" + secret + "%22%7D",
		"/b/k#X-Amz-Signature=" + secret,
		"/b/k?a=1#a%26X-Amz-Signature%3D" + secret,
		"/b/k%23X-Amz-Signature=" + secret,
		"/b/k%3FX-Amz-Signature=" + secret,
		"/b/k%3fa%3D1%26x-amz-signature%3D" + secret + "&Expires=1",
		"/b/k&X-Amz-Signature=" + secret,
		"/b/https%3A%2F%2Fh%2Fk%3FSignature%3D" + secret,
		"/k%3FX-Amz-Signature=" + secret,
		"/b/k?key=" + secret,
		"/b/k?Key=" + secret + "&x=1",
		"/b/k?access_key=" + secret,
		"/b/k?aws_access_key_id=" + secret,
		"/b/k?X-Amz-Signature+=" + secret,
		"/b/k?X-Amz-Signature%20=" + secret,
	} {
		assert.NotContains(t, Target(target), secret, target)
		assert.Contains(t, Target(target), Redacted, target)
	}
	assert.Equal(t, "/b/k?prefix="+Redacted+"&max-keys=1",
		Target("/b/k?prefix=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D"+secret+"&max-keys=1"))
}

func TestKeysWithoutASignatureStay(t *testing.T) {
	for _, key := range []string{
		"", "a.bin", "docs/signature=1/part", "notes on X-Amz-Signature", "100%25", "a%3Fb%3D1", "x-amz-credential",
	} {
		assert.Equal(t, key, Key(key))
		assert.Equal(t, "/b/"+key, Target("/b/"+key))
	}
	a, b := Key("k?X-Amz-Signature=1"), Key("k?X-Amz-Signature=2")
	assert.NotEqual(t, a, b)
}
