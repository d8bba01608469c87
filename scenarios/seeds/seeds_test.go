package seeds_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/seeds"
)

// filled returns a fake S3 with the buckets and objects of a scenario.
func filled(t *testing.T, world string) *fakes3.Server {
	t.Helper()
	s, err := script.Parse("drill.yaml", []byte("version: 1\nname: a drill\nclient: {builtin: {}}\n"+
		"steps: [{exists: {bucket: demo, key: a}}]\n"+world))
	require.NoError(t, err)
	fake := fakes3.New()
	require.NoError(t, seeds.Fill(fake, s, 1))
	return fake
}

// ask sends a request with checksum mode and returns the response, whose body is read.
func ask(t *testing.T, fake http.Handler, method, target string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, http.NoBody)
	r.Header.Set("x-amz-checksum-mode", "ENABLED")
	recorder := httptest.NewRecorder()
	fake.ServeHTTP(recorder, r)
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestEveryChecksumOfTheFormatIsStored(t *testing.T) {
	for _, name := range []string{
		"crc32", "crc32c", "crc64nvme", "md5", "sha1", "sha256", "sha512", "xxhash3", "xxhash64", "xxhash128",
	} {
		fake := filled(t, `objects:
  - {bucket: demo, key: one, size: 10, checksum: `+name+`}
  - {bucket: demo, key: parts, size: 10, parts: 2, checksum: `+name+`}
`)
		one, _ := ask(t, fake, "GET", "/demo/one")
		assert.NotEmpty(t, one.Header.Get("x-amz-checksum-"+name))
		assert.Equal(t, "FULL_OBJECT", one.Header.Get("x-amz-checksum-type"))
		parts, _ := ask(t, fake, "GET", "/demo/parts")
		composite := strings.HasSuffix(parts.Header.Get("x-amz-checksum-"+name), "-2")
		assert.Equal(t, name != "crc64nvme", composite, name)
	}
}

func TestTypeOfAChecksumIsStored(t *testing.T) {
	fake := filled(t, `objects:
  - {bucket: demo, key: full, size: 10, parts: 2, checksum: {algorithm: crc32, type: full}}
  - {bucket: demo, key: composite, size: 10, parts: 2, checksum: {algorithm: crc32, type: composite}}
  - {bucket: demo, key: plain, size: 10, parts: 2, checksum: {type: full}}
  - {bucket: demo, key: none, size: 10, checksum: {type: none}}
  - {bucket: demo, key: no, size: 10, checksum: {algorithm: none}}
`)
	for key, want := range map[string]string{
		"full": "FULL_OBJECT", "composite": "COMPOSITE", "plain": "FULL_OBJECT", "none": "", "no": "",
	} {
		response, _ := ask(t, fake, "GET", "/demo/"+key)
		assert.Equal(t, want, response.Header.Get("x-amz-checksum-type"), key)
	}
}

func TestPartsOfTheFormatAreTheParts(t *testing.T) {
	fake := filled(t, `objects:
  - {bucket: demo, key: three, size: 10, parts: 3}
  - {bucket: demo, key: even, size: 4, parts: 3}
  - {bucket: demo, key: list, size: 10, parts: [1, 7, 2]}
  - {bucket: demo, key: sized, size: 10, part_size: 4}
  - {bucket: demo, key: empty, size: 0, parts: 1}
`)
	for key, want := range map[string][]string{
		"three": {"4", "4", "2"}, "even": {"1", "1", "2"}, "list": {"1", "7", "2"}, "sized": {"4", "4", "2"},
		"empty": {"0"},
	} {
		for i, size := range want {
			response, _ := ask(t, fake, "HEAD", "/demo/"+key+"?partNumber="+string(rune('1'+i)))
			assert.Equal(t, size, response.Header.Get("Content-Length"), key)
			assert.Equal(t, string(rune('0'+len(want))), response.Header.Get("x-amz-mp-parts-count"), key)
		}
	}
}

func TestAttributesOfTheFormatAreResponseHeaders(t *testing.T) {
	fake := filled(t, `objects:
  - bucket: demo
    key: a
    content: hello
    gzip: true
    content_type: text/plain
    content_language: de
    content_disposition: inline
    cache_control: no-store
    expires: Sat, 01 Jan 2028 00:00:00 GMT
    website_redirect: /b
    storage_class: STANDARD_IA
    metadata: {owner: me}
    tags: {team: a}
  - {bucket: demo, key: br, content: hello, content_encoding: br}
`)
	response, body := ask(t, fake, "GET", "/demo/a")
	for name, want := range map[string]string{
		"Content-Type": "text/plain", "Content-Encoding": "gzip", "Content-Language": "de",
		"Content-Disposition": "inline", "Cache-Control": "no-store", "Expires": "Sat, 01 Jan 2028 00:00:00 GMT",
		"x-amz-website-redirect-location": "/b", "x-amz-storage-class": "STANDARD_IA", "x-amz-tagging-count": "1",
	} {
		assert.Equal(t, want, response.Header.Get(name), name)
	}
	assert.Equal(t, []string{"me"}, map[string][]string(response.Header)["x-amz-meta-owner"])
	stream, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(t, err)
	content, err := io.ReadAll(stream)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(content))

	label, body := ask(t, fake, "GET", "/demo/br")
	assert.Equal(t, "br", label.Header.Get("Content-Encoding"))
	assert.Equal(t, "hello", body, "other encodings are labels")
}

func TestVersionsEnableVersioning(t *testing.T) {
	const objects = `objects:
  - {bucket: demo, key: a, content: new, versions: [{content: old, content_type: text/old}, {deleted: true}]}
  - {bucket: demo, key: gone, deleted: true}
`
	for buckets, c := range map[string]struct{ state, version string }{
		"": {"Enabled", "[0-9a-f]{32}"},
		"buckets: [{name: demo, versioning: suspended}]\n": {"Suspended", "null"},
	} {
		fake := filled(t, buckets+objects)
		_, state := ask(t, fake, "GET", "/demo?versioning")
		assert.Contains(t, state, "<Status>"+c.state+"</Status>")
		newest, body := ask(t, fake, "GET", "/demo/a")
		assert.Equal(t, "new", body)
		assert.Regexp(t, "^"+c.version+"$", newest.Header.Get("x-amz-version-id"))
		_, list := ask(t, fake, "GET", "/demo?versions")
		assert.Equal(t, 2, strings.Count(list, "<Version>"))
		assert.Equal(t, 2, strings.Count(list, "<DeleteMarker>"))
	}
}

func TestLocksOfTheFormatAreObjectLock(t *testing.T) {
	fake := filled(t, `buckets: [{name: demo, object_lock: {mode: governance, days: 2}}, {name: plain, object_lock: true}]
objects:
  - {bucket: demo, key: ruled, size: 1}
  - {bucket: plain, key: kept, size: 1, retention: {mode: compliance, for: 1h}}
  - {bucket: plain, key: held, size: 1, legal_hold: true}
  - {bucket: plain, key: free, size: 1}
`)
	for target, want := range map[string][2]string{
		"/demo/ruled": {"GOVERNANCE", ""}, "/plain/kept": {"COMPLIANCE", ""}, "/plain/held": {"", "ON"},
		"/plain/free": {"", ""},
	} {
		response, _ := ask(t, fake, "HEAD", target)
		assert.Equal(t, want[0], response.Header.Get("x-amz-object-lock-mode"), target)
		assert.Equal(t, want[1], response.Header.Get("x-amz-object-lock-legal-hold"), target)
	}
}
