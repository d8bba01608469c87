// Package redact hides secrets in what the proxy shows of a request: [Headers] in header lines,
// [Target] in a request target.
//
// A secret is the value of a header or parameter with a known name, or with a name that contains a
// word like token or password ([Secret] decides). Userinfo in URLs and credentials that follow a
// scheme like Bearer are secrets too. Secrets are also found inside other values, and behind up to
// three layers of percent-encoding; text with more layers is hidden completely. The time is
// proportional to the length of the text. [Redacted] replaces a secret.
package redact

import (
	"net/textproto"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// Redacted replaces a secret.
const Redacted = "REDACTED"

// secretNames are the headers, and the query parameters of presigned URLs, whose values are secret.
var secretNames = map[string]bool{
	"authorization":        true,
	"proxy-authorization":  true,
	"x-amz-security-token": true, "x-amz-s3session-token": true, "x-amz-request-token": true,
	"x-amz-signature": true, "x-amz-credential": true,
	"signature": true, "awsaccesskeyid": true, "x-amz-mfa": true,
	"key": true,                 // of Google's APIs
	"sig": true, "policy": true, // a shared access signature, and the policy of a browser form
	"x-amz-server-side-encryption-customer-key": true, "x-amz-server-side-encryption-customer-key-md5": true,
	"x-amz-copy-source-server-side-encryption-customer-key":     true,
	"x-amz-copy-source-server-side-encryption-customer-key-md5": true,
	"x-amz-server-side-encryption-context":                      true,
}

// secretWords are words in the names of other secrets.
var secretWords = []string{
	"token", "secret", "password", "passwd", "credential", "api-key", "apikey",
	"authorization", "signature", "cookie", "access-key", "accesskey",
}

// harmless are query parameters of S3 that are not secret although their names contain such a word.
var harmless = map[string]bool{
	"continuation-token": true, "x-amz-bucket-object-lock-token": true,
	"partNumber": true, "uploadId": true, "x-id": true, "list-type": true, "prefix": true, "delimiter": true,
	"max-keys":      true,
	"encoding-type": true, "start-after": true, "marker": true, "key-marker": true, "upload-id-marker": true,
	"versionId": true,
	"uploads":   true, "delete": true, "tagging": true, "acl": true, "location": true, "versions": true,
	"attributes": true,
}

// Secret reports whether a header or query parameter with this name holds a secret: the name is
// known, or contains a word for secrets.
func Secret(name string) bool {
	name = nameAtEnd(strings.TrimSpace(name))
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

// Target hides userinfo and the secret parameters in the query and fragment of a request target. It
// does not change the path, which names a bucket and a key, unless the key contains the signature
// of a presigned URL.
func Target(target string) string {
	query := strings.IndexAny(target, "?#")
	if query < 0 {
		query = len(target)
	}
	path := target[:query]
	if !strings.HasPrefix(path, "/") {
		path = hideUserinfo(path)
	}
	if signed(path) {
		at := max(strings.IndexByte(strings.TrimPrefix(path, "/"), '/')+2, 1)
		path = path[:min(at, len(path))] + Key(path)
	}
	return path + hideText(target[query:], maxEscapes)
}

// credentialSchemes are the words that start the value of an Authorization header, and of any
// header that repeats it.
var credentialSchemes = map[string]bool{
	"basic": true, "bearer": true, "digest": true, "aws": true,
	"aws4-hmac-sha256": true, "aws4-ecdsa-p256-sha256": true,
}

// hideValue hides the secrets in a header's value: credentials, secrets in URLs, and secrets
// written as name=value.
func hideValue(value string) string {
	scheme, rest, ok := strings.Cut(value, " ")
	// a value with a realm asks for credentials and contains none
	if ok && credentialSchemes[strings.ToLower(scheme)] && !strings.Contains(rest, "realm=") {
		return scheme + " " + Redacted
	}
	return hideText(value, maxEscapes)
}

// maxEscapes is how many layers of percent-encoding are decoded to find secrets. Text with more
// layers is hidden completely, so that the time for hostile text stays proportional to its length.
const maxEscapes = 3

// hideText hides userinfo and the values of secret parameters anywhere in a text, whatever
// separates the parameters. Text without secrets does not change.
func hideText(text string, escapes int) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := stop(text, " \t<>\"") // a URL or parameter ends here at the latest
		hidePiece(&b, text[:end], escapes)
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// stop returns the index of the first of the given bytes in a text, or the text's length. It
// ignores bytes within the quotes around a value.
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

// quoted returns the length of the quoted string at the start of a text, with its quotes. Without a
// closing quote that is the length of the text.
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

// hidePiece redacts parameters joined by "&", and the text before them.
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

// hideParam hides the value if the parameter's name is secret. Before the offset path, a name may
// be a directory. If the name is not secret, hideParam decodes the value, and hides all of it if it
// contains a secret.
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
	case pair && harmless[httptext.UnescapeQuery(nameAtEnd(name))] && !signed(value):
		b.WriteString(param)
	case pair && conceals(value, escapes):
		b.WriteString(name + "=" + Redacted)
	default:
		b.WriteString(param)
	}
}

// conceals reports whether the percent-encoding of a text hides a secret.
func conceals(text string, escapes int) bool {
	if strings.IndexByte(text, '%') < 0 {
		return false
	}
	inner := httptext.UnescapeQuery(text)
	if inner == text {
		return false
	}
	return escapes == 0 || signed(inner) || hideText(inner, escapes-1) != inner
}

// nameAtEnd returns the parameter's name at the end of a text.
func nameAtEnd(text string) string {
	i := len(text)
	for i > 0 && !separators[text[i-1]] {
		i--
	}
	return text[i:]
}

// separators are the bytes that cannot be part of a parameter's name.
var separators = func() (set [256]bool) {
	for _, c := range " \t,;<>\"'()&?#/:={}|!*@\\" {
		set[c] = true
	}
	return set
}()

// hideUserinfo hides the text before the @ of an authority: after "//", or at the start of the
// piece if it has a colon.
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

// Headers returns header lines as a map by canonical name, with secrets hidden.
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
