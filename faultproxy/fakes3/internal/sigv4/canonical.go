package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest is what a signature covers, of the request as it was received: Signature Version
// 4, "Create a canonical request".
func canonicalRequest(r *http.Request, path string, signedHeaders []string, payloadHash string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	b.WriteString(path + "\n")
	b.WriteString(canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range signedHeaders {
		b.WriteString(name + ":" + canonicalHeader(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signedHeaders, ";") + "\n" + payloadHash)
	return b.String()
}

// canonicalQuery sorts the query by name and value. Clients may write the same query in several
// encodings; all sign this one.
func canonicalQuery(raw string) string {
	type pair struct{ name, value string }
	var pairs []pair
	for text := range strings.SplitSeq(raw, "&") {
		if text == "" {
			continue
		}
		name, value, _ := strings.Cut(text, "=")
		name, value = reencode(name), reencode(value)
		if name != "X-Amz-Signature" {
			pairs = append(pairs, pair{name, value})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		if c := strings.Compare(x.name, y.name); c != 0 {
			return c
		}
		return strings.Compare(x.value, y.value)
	})
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// reencode writes a query component as AWS's UriEncode does.
func reencode(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	// Of what QueryEscape leaves or changes, the space alone is written otherwise.
	return strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20")
}

func canonicalHeader(r *http.Request, name string) string {
	switch name { // net/http keeps these apart from the rest
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := r.Header.Values(name)
	trimmed := make([]string, len(values))
	for i, text := range values {
		trimmed[i] = strings.Join(strings.Fields(text), " ")
	}
	return strings.Join(trimmed, ",")
}

// unsignedHeaders are the x-amz- headers of a request that its signature leaves open. S3 refuses
// them: whoever carries the request could have added them.
func unsignedHeaders(h http.Header, signed []string) []string {
	var open []string
	for name := range h {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(signed, lower) {
			open = append(open, lower)
		}
	}
	slices.Sort(open)
	return open
}

// derive returns the key that signs for a scope: a day, region, service and terminal.
func (k Key) derive(scope string) []byte {
	key := []byte("AWS4" + k.Secret)
	for text := range strings.SplitSeq(scope, "/") {
		key = hmacSHA256(key, text)
	}
	return key
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSHA256(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func equal(x, y string) bool {
	return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1
}

// hexBytes lists the bytes of a text as S3 does: "61 0a".
func hexBytes(text string) string { return fmt.Sprintf("% x", text) }
