package faultproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const listed = `<?xml version="1.0"?><ListBucketResult><Name>demo</Name><KeyCount>3</KeyCount>` +
	`<IsTruncated>true</IsTruncated><NextContinuationToken>t2</NextContinuationToken>` +
	`<Contents><Key>a &amp; b</Key><Size>1</Size></Contents><Contents><Key>c.bin</Key></Contents>` +
	`<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>`

// list is a request for a page.
func listRequest(query string) string {
	return "GET /demo?" + query + " HTTP/1.1\r\nHost: s3.test\r\n\r\n"
}

// page returns the document that a client gets for a request, with this rule and upstream.
func page(t *testing.T, rule, query, upstream string) (document string, fired bool) {
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nX-A: b\r\nContent-Length: %d\r\n\r\n%s",
		len(upstream), upstream)
	inRig(t, always(answer), []string{rule}, func(r *rig) {
		got, end, _ := r.talk(listRequest(query))
		assert.Equal(t, open, end)
		head, body, _ := strings.Cut(got, "\r\n\r\n")
		assert.Contains(t, head, fmt.Sprintf("\r\nContent-Length: %d", len(body)))
		assert.Contains(t, head, "\r\nX-A: b\r\n")
		rec := r.record()
		assert.Equal(t, sha256Of(body), rec.ResponseSHA256)
		assert.Equal(t, rec.Rule != "", r.proxy.Rules().Fired()[0] == 1)
		document, fired = body, rec.Rule != ""
	})
	return document, fired
}

func TestListIsChangedAsItsRuleSays(t *testing.T) {
	without := func(parts ...string) string {
		s := listed
		for _, part := range parts {
			s = strings.Replace(s, part, "", 1)
		}
		return s
	}
	const (
		first  = `<Contents><Key>a &amp; b</Key><Size>1</Size></Contents>`
		second = `<Contents><Key>c.bin</Key></Contents>`
		token  = `<NextContinuationToken>t2</NextContinuationToken>`
	)
	count := func(s string, n int) string {
		return strings.Replace(s, "<KeyCount>3", fmt.Sprintf("<KeyCount>%d", n), 1)
	}
	for rule, want := range map[string]string{
		"list: {drop: 1}":                      count(without(second), 2),
		"list: {drop: 9}":                      count(without(first, second), 1),
		"list: {drop: 'a & b'}":                count(without(first), 2),
		"list: {drop: '*.bin'}":                count(without(second), 2),
		"list: {duplicate: '*.bin'}":           count(strings.Replace(listed, second, second+second, 1), 4),
		"list: {key_count: 0}":                 count(listed, 0),
		"list: {drop: 1, key_count: 3}":        without(second),
		"list: {truncate_without_token: true}": without(token),
		"list: {repeat_token: true}": strings.Replace(without(token), "<IsTruncated>true</IsTruncated>",
			"<IsTruncated>true</IsTruncated><NextContinuationToken>$1&lt;=</NextContinuationToken>", 1),
	} {
		got, fired := page(t, rule, "list-type=2&continuation-token=%241%3C%3D", listed)
		assert.Equal(t, want, got, rule)
		assert.True(t, fired, rule)
	}
	last := strings.Replace(without(token), "<IsTruncated>true", "<IsTruncated>false", 1)
	got, _ := page(t, "list: {truncate_without_token: true}", "list-type=2", last)
	assert.Equal(t, without(token), got, "the last page is said not to be the last")
	got, _ = page(t, "list: {repeat_token: true}", "marker=m", last)
	assert.Contains(t, got, "<IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>")
	got, _ = page(t, "list: {drop: a/b+c}", "list-type=2&encoding-type=url",
		"<R><EncodingType>url</EncodingType><Contents><Key>a/b%2Bc</Key></Contents></R>")
	assert.Equal(t, "<R><EncodingType>url</EncodingType></R>", got)
}

// A page without anything to change passes, and the rule has not fired.
func TestListWithoutAnythingToChangePasses(t *testing.T) {
	for rule, query := range map[string]string{
		"list: {drop: z}":            "list-type=2",
		"list: {duplicate: z}":       "list-type=2",
		"list: {repeat_token: true}": "list-type=2",
		"list: {key_count: 3}":       "list-type=2",
		"list: {drop: 1}":            "versions",
	} {
		got, fired := page(t, rule, query, listed)
		assert.Equal(t, listed, got, rule)
		assert.False(t, fired, rule)
	}
}
