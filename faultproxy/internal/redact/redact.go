// Package redact hides secrets in what the proxy shows of a request: [Headers] in header lines,
// [Target] in a request target.
//
// A secret is the value of a header or parameter with a known name, or with a name that contains a
// word like token or password ([Secret] decides). Userinfo in URLs, and credentials that follow a
// scheme like Bearer, are secrets too. Secrets are found inside other values as well, also behind
// up to three layers of percent-encoding; text with more layers is hidden as a whole. The time is
// proportional to the length of the text. [Redacted] takes the secret's place.
package redact

import (
	"net/textproto"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// Redacted stands where a secret was.
const Redacted = "REDACTED"

// secretNames are headers, and query parameters of presigned URLs, whose values nobody may read.
var secretNames = map[string]bool{
	"authorization":        true,
	"proxy-authorization":  true,
	"x-amz-security-token": true, "x-amz-s3session-token": true, "x-amz-request-token": true,
	"x-amz-signature": true, "x-amz-credential": true,
	"signature": true, "awsaccesskeyid": true, "x-amz-mfa": true,
	"sig": true, "policy": true, // of a shared access signature, and of a form that may upload
	"x-amz-server-side-encryption-customer-key": true, "x-amz-server-side-encryption-customer-key-md5": true,
	"x-amz-copy-source-server-side-encryption-customer-key":     true,
	"x-amz-copy-source-server-side-encryption-customer-key-md5": true,
	"x-amz-server-side-encryption-context":                      true,
}

// secretWords give away a secret that is not known by name.
var secretWords = []string{"token", "secret", "password", "passwd", "credential", "api-key", "apikey",
	"authorization", "signature", "cookie"}

// harmless are S3's own query parameters: none is secret, whatever it is called.
var harmless = map[string]bool{
	"continuation-token": true, "x-amz-bucket-object-lock-token": true,
	"partNumber": true, "uploadId": true, "x-id": true, "list-type": true, "prefix": true, "delimiter": true,
	"max-keys":      true,
	"encoding-type": true, "start-after": true, "marker": true, "key-marker": true, "upload-id-marker": true,
	"versionId": true,
	"uploads":   true, "delete": true, "tagging": true, "acl": true, "location": true, "versions": true,
	"attributes": true,
}

// Secret reports whether a header or query parameter holds a secret: the names known, and whatever
// calls itself one.
func Secret(name string) bool {
	name = nameAtEnd(name)
	if harmless[name] {
		return false
	}
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
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

// Target hides userinfo and the secret parameters, in query and fragment, of a request target. Its
// path names a bucket and a key, and stays as it is.
func Target(target string) string {
	query := strings.IndexAny(target, "?#")
	if query < 0 {
		query = len(target)
	}
	path := target[:query]
	if !strings.HasPrefix(path, "/") {
		path = hideUserinfo(path)
	}
	return path + hideText(target[query:], maxEscapes)
}

// credentialSchemes begin the value of an Authorization header, wherever it is repeated.
var credentialSchemes = map[string]bool{"basic": true, "bearer": true, "digest": true, "aws": true,
	"aws4-hmac-sha256": true, "aws4-ecdsa-p256-sha256": true}

// hideValue hides what is secret in a header's value: credentials, and in the URLs in it, and in
// name=value.
func hideValue(value string) string {
	scheme, rest, ok := strings.Cut(value, " ")
	// with a realm it asks for some
	if ok && credentialSchemes[strings.ToLower(scheme)] && !strings.Contains(rest, "realm=") {
		return scheme + " " + Redacted
	}
	return hideText(value, maxEscapes)
}

// maxEscapes is how many times over a text may be percent-encoded and still be looked into; beyond,
// it is hidden unseen. So the time for hostile text stays in proportion to its length.
const maxEscapes = 3

// hideText hides userinfo and the values of secret parameters anywhere in a text, whatever stands
// between parameters. Where nothing is secret the text stays as it is.
func hideText(text string, escapes int) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := stop(text, " \t<>\"") // where a URL or a parameter ends at the latest
		hidePiece(&b, text[:end], escapes)
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// stop is the first of some bytes in a text, but for those in the quotes around a value, or the
// text's length.
func stop(text, bytes string) int {
	for i := 0; i < len(text); i++ {
		if strings.IndexByte(bytes, text[i]) >= 0 {
			return i
		}
		if text[i] == '=' {
			i += quoted(text[i+1:])
		}
	}
	return len(text)
}

// quoted is the length of the quoted string that a text begins with, quotes included; to its end
// where none closes it.
func quoted(text string) int {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		}
	}
	return len(text)
}

// piece redacts parameters joined by "&", and what stands before them.
func hidePiece(b *strings.Builder, piece string, escapes int) {
	piece = hideUserinfo(piece)
	path := strings.IndexAny(piece, "?#")
	if path < 0 {
		path = len(piece)
	}
	for {
		end := stop(piece, "&")
		hideParam(b, piece[:end], path, escapes)
		if end == len(piece) {
			return
		}
		b.WriteByte('&')
		path -= end + 1
		piece = piece[end+1:]
	}
}

// hideParam hides the values of secret names; up to path a name may be a directory. Where there is
// none it looks behind the percent-encoding, and hides the whole value if there is.
func hideParam(b *strings.Builder, param string, path, escapes int) {
	for at := 0; ; {
		equals := strings.IndexByte(param[at:], '=')
		if equals < 0 {
			break
		}
		name := nameAtEnd(param[at : at+equals])
		at += equals + 1
		value := param[at:]
		begin := at - 1 - len(name)
		directory := begin > 0 && begin <= path && param[begin-1] == '/'
		if value == "" || directory || !Secret(httptext.UnescapeQuery(name)) {
			continue
		}
		b.WriteString(param[:at] + Redacted)
		if end := quoted(value); end > 0 {
			hideParam(b, value[end:], 0, escapes)
			return
		}
		b.WriteString(value[len(strings.TrimRight(value, ",;)'")):])
		return
	}
	name, value, pair := strings.Cut(param, "=")
	switch {
	case conceals(name, escapes):
		b.WriteString(Redacted)
	case pair && !harmless[httptext.UnescapeQuery(nameAtEnd(name))] && conceals(value, escapes):
		b.WriteString(name + "=" + Redacted)
	default:
		b.WriteString(param)
	}
}

// conceals reports whether there is a secret behind the percent-encoding of a text.
func conceals(text string, escapes int) bool {
	if strings.IndexByte(text, '%') < 0 {
		return false
	}
	inner := httptext.UnescapeQuery(text)
	if inner == text {
		return false
	}
	return escapes == 0 || hideText(inner, escapes-1) != inner
}

// nameAtEnd is the parameter's name that a text ends in.
func nameAtEnd(text string) string {
	i := len(text)
	for i > 0 && !separators[text[i-1]] {
		i--
	}
	return text[i:]
}

// separators are what does not belong to a parameter's name.
var separators = func() (set [256]bool) {
	for _, c := range " \t,;<>\"'()&?#/:={}|!*@\\" {
		set[c] = true
	}
	return set
}()

// hideUserinfo hides what stands before the @ of an authority: behind "//", or first of all where
// it has a colon.
func hideUserinfo(piece string) string {
	if strings.IndexByte(piece, '@') < 0 {
		return piece
	}
	var b strings.Builder
	for at := 0; ; {
		end := strings.IndexAny(piece[at:], "/?#")
		if end < 0 {
			end = len(piece)
		} else {
			end += at
		}
		part, before := piece[at:end], piece[:at]
		user := strings.LastIndexByte(part, '@')
		authority := strings.HasSuffix(before, "://") || strings.HasSuffix(before, "=//") || before == "//"
		if user > 0 && (authority || before == "" && strings.Contains(part[:user], ":")) {
			part = Redacted + part[user:]
		}
		b.WriteString(part)
		if end == len(piece) {
			return b.String()
		}
		b.WriteByte(piece[end])
		at = end + 1
	}
}

// Headers returns the header lines, of a request or an answer, as a map by canonical name, secrets
// hidden.
func Headers(h httptext.Headers) map[string]string {
	if h == "" {
		return nil
	}
	m := map[string]string{}
	h.Each(func(name, value string) bool {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if Secret(name) {
			value = Redacted
		} else {
			value = hideValue(value)
		}
		if at := strings.LastIndexByte(value, '@'); at > 0 && strings.HasSuffix(name, "Host") {
			value = Redacted + value[at:]
		}
		if old, ok := m[name]; ok && value != Redacted {
			value = old + ", " + value
		}
		m[name] = value
		return true
	})
	return m
}

// Params hides userinfo and the values of secret parameters anywhere in a text.
func Params(params string) string { return hideText(params, maxEscapes) }
