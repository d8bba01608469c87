package faultproxy

import (
	"net/textproto"
	"strings"
)

// redacted stands where a secret was.
const redacted = "REDACTED"

// secretNames are headers, and query parameters of presigned URLs, whose values nobody may read.
var secretNames = map[string]bool{
	"authorization":        true,
	"proxy-authorization":  true,
	"cookie":               true,
	"set-cookie":           true,
	"x-amz-security-token": true, "x-amz-s3session-token": true, "x-amz-request-token": true,
	"x-amz-signature": true, "x-amz-credential": true,
	"signature": true, "awsaccesskeyid": true,
	"x-amz-server-side-encryption-customer-key": true, "x-amz-server-side-encryption-customer-key-md5": true,
	"x-amz-copy-source-server-side-encryption-customer-key":     true,
	"x-amz-copy-source-server-side-encryption-customer-key-md5": true,
	"x-amz-server-side-encryption-context":                      true,
}

// secretWords give away a secret that is not known by name.
var secretWords = []string{"token", "secret", "password", "passwd", "credential", "api-key", "apikey", "authorization", "signature"}

// harmless are S3's own query parameters: none is secret, whatever it is called.
var harmless = map[string]bool{
	"continuation-token": true, "x-amz-bucket-object-lock-token": true,
	"partNumber": true, "uploadId": true, "x-id": true, "list-type": true, "prefix": true, "delimiter": true, "max-keys": true,
	"encoding-type": true, "start-after": true, "marker": true, "key-marker": true, "upload-id-marker": true, "versionId": true,
	"uploads": true, "delete": true, "tagging": true, "acl": true, "location": true, "versions": true, "attributes": true,
}

// secret reports whether a header or query parameter holds a secret: the names known, and whatever calls itself one.
func secret(name string) bool {
	if harmless[name] {
		return false
	}
	name = strings.ToLower(name)
	if secretNames[name] {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) && !harmless[name] {
			return true
		}
	}
	return false
}

// redactTarget hides userinfo and the secret parameters of a request target or URL.
func redactTarget(target string) string {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.HasPrefix(target, "/") {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			target = scheme + "://" + redacted + rest[at:]
		}
	}
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	hide := false
	eachParam(query, func(_, name, _ string) bool {
		hide = secret(name)
		return !hide
	})
	if !hide {
		return target
	}
	var b strings.Builder
	b.WriteString(path)
	sep := byte('?')
	eachParam(query, func(raw, name, _ string) bool {
		b.WriteByte(sep)
		sep = '&'
		if secret(name) {
			raw, _, _ = strings.Cut(raw, "=")
			raw += "=" + redacted
		}
		b.WriteString(raw)
		return true
	})
	return b.String()
}

// redactHeaders returns the header lines as a map by canonical name, secrets hidden.
func redactHeaders(h headers) map[string]string {
	if h == "" {
		return nil
	}
	m := map[string]string{}
	h.each(func(name, value string) bool {
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case secret(name):
			value = redacted
		case name == "Referer" || name == "X-Amz-Copy-Source" || name == "X-Amz-Rename-Source":
			value = redactTarget(value)
		}
		if old, ok := m[name]; ok && value != redacted {
			value = old + ", " + value
		}
		m[name] = value
		return true
	})
	return m
}
