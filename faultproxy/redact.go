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
	"x-amz-security-token": true, "x-amz-s3session-token": true, "x-amz-request-token": true,
	"x-amz-signature": true, "x-amz-credential": true,
	"signature": true, "awsaccesskeyid": true,
	"x-amz-server-side-encryption-customer-key": true, "x-amz-server-side-encryption-customer-key-md5": true,
	"x-amz-copy-source-server-side-encryption-customer-key":     true,
	"x-amz-copy-source-server-side-encryption-customer-key-md5": true,
	"x-amz-server-side-encryption-context":                      true,
}

// secretWords give away a secret that is not known by name.
var secretWords = []string{"token", "secret", "password", "passwd", "credential", "api-key", "apikey", "authorization", "signature", "cookie"}

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

// redactTarget hides userinfo and the secret parameters, in query and fragment, of a request target or URL.
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
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		return target[:i] + redactPieces(target[i:], "?#&", redactParam)
	}
	return target
}

// redactParam hides the value of a parameter that is secret by its name, or is a URL that holds a secret itself.
func redactParam(param string) string {
	name, value, ok := strings.Cut(param, "=")
	if !ok || value == "" {
		return param
	}
	if !secret(unescapeQuery(name)) {
		if inner := unescapeQuery(value); !strings.Contains(inner, "://") || redactTarget(inner) == inner {
			return param
		}
	}
	return name + "=" + redacted
}

// credentialSchemes begin the value of an Authorization header, wherever it is repeated.
var credentialSchemes = map[string]bool{"basic": true, "bearer": true, "digest": true, "aws": true, "aws4-hmac-sha256": true, "aws4-ecdsa-p256-sha256": true}

// redactValue hides what is secret in a header's value: credentials, and in the URLs in it, and in name=value.
func redactValue(value string) string {
	scheme, rest, ok := strings.Cut(value, " ")
	if ok && credentialSchemes[strings.ToLower(scheme)] && !strings.Contains(rest, "realm=") { // with a realm it asks for some
		return scheme + " " + redacted
	}
	return redactPieces(value, " \t,;<>\"'()", func(piece string) string {
		switch {
		case strings.HasPrefix(piece, "//"): // a URL without its scheme
			return strings.TrimPrefix(redactTarget("http:"+piece), "http:")
		case strings.HasPrefix(piece, "/"), strings.Contains(piece, "://"):
			return redactTarget(piece)
		}
		return redactParam(piece)
	})
}

// redactPieces redacts what stands between any of the separators. Where nothing is secret the text stays as it is.
func redactPieces(text, separators string, redact func(string) string) string {
	if !strings.ContainsAny(text, "=@") {
		return text
	}
	var b strings.Builder
	for {
		end := strings.IndexAny(text, separators)
		if end < 0 {
			b.WriteString(redact(text))
			return b.String()
		}
		b.WriteString(redact(text[:end]))
		b.WriteByte(text[end])
		text = text[end+1:]
	}
}

// redactHeaders returns the header lines, of a request or an answer, as a map by canonical name, secrets hidden.
func redactHeaders(h headers) map[string]string {
	if h == "" {
		return nil
	}
	m := map[string]string{}
	h.each(func(name, value string) bool {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if secret(name) {
			value = redacted
		} else {
			value = redactValue(value)
		}
		if old, ok := m[name]; ok && value != redacted {
			value = old + ", " + value
		}
		m[name] = value
		return true
	})
	return m
}
