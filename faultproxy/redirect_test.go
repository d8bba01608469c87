package faultproxy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func signedFor(region string) string {
	return strings.Replace(get, "\r\n\r\n", "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/K/20260101/"+region+
		"/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n", 1)
}

// The client is told the region of the bucket in S3's ways, unless its request is signed for it.
func TestRedirectTellsTheRegion(t *testing.T) {
	const (
		header   = "\r\nx-amz-bucket-region: eu-west-1\r\n"
		location = "\r\nLocation: "
		endpoint = "<Endpoint>demo.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>demo</Bucket>"
	)
	for rule, c := range map[string]struct{ has, lacks []string }{
		"redirect: {region: eu-west-1}": {
			[]string{"HTTP/1.1 301 Moved Permanently\r\n", header, "<Code>PermanentRedirect</Code>", endpoint},
			[]string{location},
		},
		"redirect: {region: eu-west-1, hide_region: true}": {
			[]string{"HTTP/1.1 301 Moved Permanently\r\n", endpoint},
			[]string{"x-amz-bucket-region", location, "<Region>"},
		},
		"redirect: {status: 400, region: eu-west-1}": {
			[]string{
				"HTTP/1.1 400 Bad Request\r\n", header, "<Code>AuthorizationHeaderMalformed</Code>",
				"the region &#39;us-east-1&#39; is wrong; expecting &#39;eu-west-1&#39;", "<Region>eu-west-1</Region>",
			}, []string{location},
		},
		"redirect: {status: 400, region: eu-west-1, hide_region: true}": {
			[]string{"<Region>eu-west-1</Region>"}, []string{"x-amz-bucket-region", location},
		},
		"redirect: {status: 307, region: eu-west-1, to: 'http://demo.s3.test'}": {
			[]string{
				"HTTP/1.1 307 Temporary Redirect\r\n", header, location + "http://demo.s3.test/demo/a.bin\r\n",
				"<Code>TemporaryRedirect</Code>", "<Endpoint>demo.s3.test</Endpoint>",
			}, nil,
		},
		"redirect: {region: eu-west-1, to: 'http://h/x'}": {
			[]string{header, location + "http://h/x\r\n"}, nil,
		},
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			got, _, _ := r.talk(signedFor("us-east-1"))
			for _, text := range c.has {
				assert.Contains(t, got, text, rule)
			}
			for _, text := range c.lacks {
				assert.NotContains(t, got, text, rule)
			}
			got, _, _ = r.talk(signedFor("eu-west-1"))
			assert.Equal(t, hello, got, rule)
			const presigned = "a.bin?X-Amz-Credential=AK%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
			got, _, _ = r.talk(strings.Replace(get, "a.bin", presigned, 1))
			assert.Equal(t, hello, got, rule)
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
			assert.Equal(t, 2, r.proxy.Rules().List()[0].Idle)
		})
	}
}

// A request without a signature is redirected, too.
func TestRedirectTellsTheRegionToUnsignedRequests(t *testing.T) {
	inRig(t, always(hello), []string{"redirect: {status: 400, region: eu-west-1}"}, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Contains(t, got, "<Region>eu-west-1</Region>")
	})
}
