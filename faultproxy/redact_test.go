package faultproxy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What an answer gives away: cookies, tokens that it repeats, and the URLs in it.
func TestNoSecretIsGivenAwayOfAnAnswer(t *testing.T) {
	s := secrets
	for line, want := range map[string]string{
		"Set-Cookie: " + s["cookie"] + "; Path=/":                                                         redacted,
		"Set-Cookie2: " + s["cookie"]:                                                                     redacted,
		"X-Amz-Security-Token: " + s["session"]:                                                           redacted,
		"X-Amz-Meta-Upload-Token: " + s["session"]:                                                        redacted,
		"x-amz-server-side-encryption-customer-key-MD5: " + s["sse-c"]:                                    redacted,
		"X-Echo: Bearer " + s["session"]:                                                                  "Bearer " + redacted,
		"X-Echo: AWS " + s["access key"] + ":" + s["signature"]:                                           "AWS " + redacted,
		"X-Echo: AWS4-HMAC-SHA256 Credential=" + s["access key"] + "/2026, Signature=" + s["signature"]:   "AWS4-HMAC-SHA256 " + redacted,
		"X-Echo: x;Credential=" + s["access key"] + "/2026, SignedHeaders=host,Signature=" + s["session"]: "x;Credential=" + redacted + ", SignedHeaders=host,Signature=" + redacted,
		"Location: https://h/k?a=1&X-Amz-Signature=" + s["signature"] + "&b#c":                            "https://h/k?a=1&X-Amz-Signature=" + redacted + "&b#c",
		"Location: https://user:" + s["password"] + "@h/k":                                                "https://" + redacted + "@h/k",
		"Location: //user:" + s["password"] + "@h/k":                                                      "//" + redacted + "@h/k",
		"Location: /cb?x#access_token=" + s["session"] + "&x=1":                                           "/cb?x#access_token=" + redacted + "&x=1",
		"Location: /login?to=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D" + s["signature"] + "&x=1":          "/login?to=" + redacted + "&x=1",
		"Location: /k?X%2DAmz-Credential=" + s["access key"]:                                              "/k?X%2DAmz-Credential=" + redacted,
		"Content-Location: /k?a,b;c&password=" + s["password"]:                                            "/k?a,b;c&password=" + redacted,
		"Refresh: 0;url=https://u:" + s["password"] + "@h/?X-Amz-Security-Token=" + s["session"]:          "0;url=https://" + redacted + "@h/?X-Amz-Security-Token=" + redacted,
		"Link: <https://h/?a=1>; rel=prev, <https://h/?X-Amz-Signature=" + s["signature"] + ">; rel=next": "<https://h/?a=1>; rel=prev, <https://h/?X-Amz-Signature=" + redacted + ">; rel=next",
		"X-Debug: password=" + s["password"]:                                                              "password=" + redacted,
	} {
		for name, got := range redactHeaders(headers(line + "\r\n")) {
			assert.Equal(t, want, got, "%s: %s", name, line)
		}
	}
}

func TestRedactionKeepsTheRestOfAnAnswer(t *testing.T) {
	for _, value := range []string{
		"", "text/html; charset=utf-8", `"9bb58f26192e4ba00f01e2e7b136bbd8-2"`, "bytes=0-4,5-9", "bytes 0-4/10", "Thu, 01 Jan 1970 00:00:00 GMT", "Basic realm=\"x\"",
		`attachment; filename="a=b?c&d#e.txt"`, "https://h/token=1/k?list-type=2&continuation-token=abc==", "/a@b", "AbC+/dEf==", "user@example.com", "max-age=1, no-cache",
		"https://h/?to=https%3A%2F%2Fother%2Fk%3Fa%3D1", "expiry-date=\"Fri, 23 Dec 2012 00:00:00 GMT\", rule-id=\"1\"", "arn:aws:kms:us-east-1:1:key/2",
	} {
		for _, got := range redactHeaders(headers("Location: " + value + "\r\n")) {
			assert.Equal(t, value, got)
		}
	}
}
