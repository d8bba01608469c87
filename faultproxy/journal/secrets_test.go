package journal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// secretHeads are requests that contain HIDE in place of a secret, with what the journal shows of
// the target and of the last header.
var secretHeads = []struct{ target, header, wantTarget, wantHeader string }{
	{"/demo/k", "X-Original-Uri: /demo/k?x=1&X-Amz-Signature=HIDE", "/demo/k", "/demo/k?x=1&X-Amz-Signature=REDACTED"},
	{
		"/demo/k", "X-Forwarded-Url: http://h/demo/k?Signature=HIDE&y=2", "/demo/k",
		"http://h/demo/k?Signature=REDACTED&y=2",
	},
	{
		"/demo/k", "X-Amz-Website-Redirect-Location: http://me:HIDE@h/k?X-Amz-Security-Token=HIDE", "/demo/k",
		"http://REDACTED@h/k?X-Amz-Security-Token=REDACTED",
	},
	{"/demo/k", "X-Amz-Copy-Source: demo/k?versionId=1&sig=HIDE", "/demo/k", "demo/k?versionId=1&sig=REDACTED"},
	{"/demo/k", "X-Amz-Copy-Source: demo/k%3Fsig%3DHIDE", "/demo/k", "REDACTED"},
	{"/demo/k", "X-Amz-Mfa: arn:aws:iam::1:mfa/me HIDE", "/demo/k", "REDACTED"},
	{"/demo/k", "Host: me:HIDE@h:80", "/demo/k", "REDACTED@h:80"},
	{"/demo/k", "Host: HIDE@demo.localhost", "/demo/k", "REDACTED@demo.localhost"},
	{"/demo/k", "Host: me:HIDE@HIDE@demo.localhost:80", "/demo/k", "REDACTED@demo.localhost:80"},
	{"/demo/k", "X-Forwarded-Host: HIDE@h", "/demo/k", "REDACTED@h"},
	{"/demo/k", `Forwarded: for=1.2.3.4;host="me:HIDE@h";proto=http`, "/demo/k", `REDACTED@h";proto=http`},
	{"/demo/k", `X-Debug: id=1, password="HIDE HIDE", path=/k`, "/demo/k", `id=1, password=REDACTED, path=/k`},
	{"/demo/k", `X-Debug: password="HIDE \" HIDE";token='HIDE&HIDE'`, "/demo/k", `password=REDACTED;token=REDACTED`},
	{
		"/demo/k", "X-Debug: (Signature=HIDE), api_key=HIDE; x=y", "/demo/k",
		"(Signature=REDACTED), api_key=REDACTED; x=y",
	},
	{"/demo/k", "X-Debug: a=b|sig=HIDE", "/demo/k", "a=b|sig=REDACTED"},
	{"/demo/k", "Referer: https://app/#/access_token=HIDE", "/demo/k", "https://app/#/access_token=REDACTED"},
	{"/demo/k", "Referer: https://h/?to=https%3A%2F%2Fme%3AHIDE%40h%2F&x=1", "/demo/k", "https://h/?to=REDACTED&x=1"},
	{"/demo/k", "Referer: https://h/?to=%2Fk%253Fsig%253DHIDE", "/demo/k", "https://h/?to=REDACTED"},
	{"/demo/k?a=b;X-Amz-Signature=HIDE", "X: y", "/demo/k?a=b;X-Amz-Signature=REDACTED", "y"},
	{"/demo/k?list-type=2;sig=HIDE&x=y", "X: y", "/demo/k?list-type=2;sig=REDACTED&x=y", "y"},
	{"/demo/k?a=b,token=HIDE,HIDE;HIDE?HIDE&x=y", "X: y", "/demo/k?a=b,token=REDACTED&x=y", "y"},
	{"/demo/k?x=y?X-Amz-Signature=HIDE", "X: y", "/demo/k?x=y?X-Amz-Signature=REDACTED", "y"},
	{"/demo/k?x=y#X-Amz-Signature=HIDE", "X: y", "/demo/k?x=y#X-Amz-Signature=REDACTED", "y"},
	{"/demo/k?sig=HIDE&sv=2024&policy=HIDE", "X: y", "/demo/k?sig=REDACTED&sv=2024&policy=REDACTED", "y"},
	{"/demo/k?to=http://me:HIDE@h/", "X: y", "/demo/k?to=http://REDACTED@h/", "y"},
	{"/demo/k?to=http%3a%2f%2fme%3aHIDE%40h%2f", "X: y", "/demo/k?to=REDACTED", "y"},
	{"/demo/k?Signature==HIDE==&x=y", "X: y", "/demo/k?Signature=REDACTED&x=y", "y"},
	{
		"http://me:HIDE@h/demo/k?X%2DAmz%2DCredential=HIDE", "X: y",
		"http://REDACTED@h/demo/k?X%2DAmz%2DCredential=REDACTED", "y",
	},
	{
		"/demo/k?prefix=http%3A%2F%2Fh%2F%3FX-Amz-Signature%3DHIDE&x=y", "X: y",
		"/demo/k?prefix=REDACTED&x=y", "y",
	},
	{"/demo/k?key=HIDE", "X: y", "/demo/k?key=REDACTED", "y"},
	{
		"/demo/k%3FX-Amz-Signature%3DHIDE", "X: y",
		"/demo/REDACTED-7626f47d", "y",
	},
	{"http://HIDE@h/demo/k", "X: y", "http://REDACTED@h/demo/k", "y"},
}

func TestJournalHidesSecretsInURLs(t *testing.T) {
	for _, c := range secretHeads {
		text := c.target + " and " + c.header
		w := NewWriter(0, "http")
		var r s3api.Request
		r.Parse("GET", c.target, httptext.Headers(c.header+"\r\n"), s3api.NewHosts())
		identity.NewTracker(0).See(&r)
		rec := arrive(w, KindExchange, &r, 1, 0).snapshot()
		assert.Equal(t, c.wantTarget, rec.Target, text)
		for _, value := range rec.RequestHeader {
			assert.Equal(t, c.wantHeader, value, text)
		}
		var b strings.Builder
		assert.NoError(t, w.Journal().WriteNDJSON(&b))
		assert.NoError(t, w.Journal().WriteHAR(&b))
		assert.NotContains(t, b.String(), "HIDE", text)
	}
}
