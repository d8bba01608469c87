package redact

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// What an answer gives away: cookies, tokens that it repeats, and the URLs in it.
func TestHeadersHidesSecretsOfAResponse(t *testing.T) {
	s := samples
	for line, want := range map[string]string{
		"Set-Cookie: " + s["cookie"] + "; Path=/":                      Redacted,
		"Set-Cookie2: " + s["cookie"]:                                  Redacted,
		"X-Amz-Security-Token: " + s["session"]:                        Redacted,
		"X-Amz-Meta-Upload-Token: " + s["session"]:                     Redacted,
		"x-amz-server-side-encryption-customer-key-MD5: " + s["sse-c"]: Redacted,
		"X-Echo: Bearer " + s["session"]: "Bearer " +
			Redacted,
		"X-Echo: AWS " + s["access key"] + ":" + s["signature"]: "AWS " +
			Redacted,
		"X-Echo: AWS4-HMAC-SHA256 Credential=" + s["access key"] + "/2026, Signature=" +
			s["signature"]: "AWS4-HMAC-SHA256 " + Redacted,
		"X-Echo: x;Credential=" + s["access key"] + "/2026, SignedHeaders=host,Signature=" +
			s["session"]: "x;Credential=" + Redacted + ", SignedHeaders=host,Signature=" + Redacted,
		"Location: https://h/k?a=1&X-Amz-Signature=" + s["signature"] +
			"&b#c": "https://h/k?a=1&X-Amz-Signature=" + Redacted + "&b#c",
		"Location: https://user:" + s["password"] +
			"@h/k": "https://" + Redacted + "@h/k",
		"Location: //user:" + s["password"] + "@h/k": "//" +
			Redacted + "@h/k",
		"Location: /cb?x#access_token=" + s["session"] +
			"&x=1": "/cb?x#access_token=" + Redacted + "&x=1",
		"Location: /login?to=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D" + s["signature"] +
			"&x=1": "/login?to=" + Redacted + "&x=1",
		"Location: /k?X%2DAmz-Credential=" +
			s["access key"]: "/k?X%2DAmz-Credential=" + Redacted,
		"Content-Location: /k?a,b;c&password=" +
			s["password"]: "/k?a,b;c&password=" + Redacted,
		"Refresh: 0;url=https://u:" + s["password"] + "@h/?X-Amz-Security-Token=" +
			s["session"]: "0;url=https://" + Redacted + "@h/?X-Amz-Security-Token=" + Redacted,
		"Link: <https://h/?a=1>; rel=prev, <https://h/?X-Amz-Signature=" + s["signature"] +
			">; rel=next": "<https://h/?a=1>; rel=prev, <https://h/?X-Amz-Signature=" + Redacted + ">; rel=next",
		"X-Debug: password=" +
			s["password"]: "password=" + Redacted,
	} {
		for name, got := range Headers(httptext.Headers(line + "\r\n")) {
			assert.Equal(t, want, got, "%s: %s", name, line)
		}
	}
}

func TestRedactionKeepsTheRestOfAnAnswer(t *testing.T) {
	for _, value := range []string{
		"", "text/html; charset=utf-8", `"9bb58f26192e4ba00f01e2e7b136bbd8-2"`, "bytes=0-4,5-9", "bytes 0-4/10",
		"Thu, 01 Jan 1970 00:00:00 GMT", "Basic realm=\"x\"",
		`attachment; filename="a=b?c&d#e.txt"`, "https://h/token=1/k?list-type=2&continuation-token=abc==", "/a@b",
		"AbC+/dEf==", "user@example.com", "max-age=1, no-cache",
		"https://h/?to=https%3A%2F%2Fother%2Fk%3Fa%3D1",
		"expiry-date=\"Fri, 23 Dec 2012 00:00:00 GMT\", rule-id=\"1\"", "arn:aws:kms:us-east-1:1:key/2",
	} {
		for _, got := range Headers(httptext.Headers("Location: " + value + "\r\n")) {
			assert.Equal(t, value, got)
		}
	}
}

func TestRedactionKeepsTheRest(t *testing.T) {
	for _, target := range []string{
		"/demo/k?list-type=2&continuation-token=abc&prefix=token%2F", "/a@b://c?d", "*",
		"", "/demo/token=secret", "/k?&&=&a",
	} {
		assert.Equal(t, target, Target(target))
	}
	assert.Equal(t, "/k?a=1&X-Amz-Signature=REDACTED&b", Target("/k?a=1&X-Amz-Signature=xyz&b"))
}

// A name says much, but not of every value: what has none, and what is a key, is no secret.
func TestRedactionKeepsWhatIsNoSecret(t *testing.T) {
	for _, target := range []string{
		"/demo?policy", "/demo?policyStatus", "/demo?token", "/demo/token=1/sig=2?x-id=GetObject", "/demo//me:x@y",
		"/demo/http://a:b@c/d",
		"/demo?list-type=2&prefix=token%3D1%2F&continuation-token=a%3D%3D",
		"/demo/k?response-content-disposition=attachment%3B+filename%3D%22a%3Db.txt%22",
		"/demo/k?tagging&x=100%25", "*",
	} {
		assert.Equal(t, target, Target(target))
	}
	for _, header := range []string{
		"X-Amz-Copy-Source: demo/dt%3D2026/token%3D5/x", "X-Amz-Copy-Source: /demo/a:b@c",
		"X-Amz-Grant-Read: emailAddress=\"a@example.com\", id=5",
		"Host: demo.s3.test:80", "From: me@example.com", "User-Agent: aws-cli/2 md/x#1 (a=b; c) m/Z",
		"X-Amz-Tagging: a=b&c=d%20e", "X-Amz-Meta-Sum: a1b2==",
	} {
		name, want, _ := strings.Cut(header, ": ")
		assert.Equal(t, want, Headers(httptext.Headers(header + "\r\n"))[name])
	}
}

// The time for hostile text stays in proportion to its length: each of these takes milliseconds,
// not minutes.
func TestRedactionTakesLinearTime(t *testing.T) {
	const size = 64 << 10
	for _, piece := range []string{
		"=", "a=", "='", `="`, "@", "//", "://", "://a:b@", "&", "%25", "%253D", "%3D", "%3Fsig%3D", "a=%25",
		"token=", "token=,", "token='a'", "?#", "/=", "a;", " ", `\`, "[=",
	} {
		for _, text := range []string{strings.Repeat(piece, size/len(piece)), "a=%" + strings.Repeat("25", size/2) +
			"3D", "/?" + strings.Repeat(piece, size/len(piece)) + "sig=x"} {
			begin := time.Now()
			Target(text)
			Headers(httptext.Headers("X: " + text + "\r\n"))
			assert.Less(t, time.Since(begin), 5*time.Second, "%.40q", text)
		}
	}
}

// secrets look like what clients send, and must not be in anything that the journal gives away.
var samples = map[string]string{
	"signature":  "fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
	"access key": "AKIAIOSFODNN7EXAMPLE",
	"session":    "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQD",
	"sse-c":      "pX2qkz8dQ1vY7s3TnB5mR0uJ6wE4aH9cLfGtKiOxNvQ=",
	"password":   "hunter2-correct-horse",
	"cookie":     "sid=31d4d96e407aad42",
}
