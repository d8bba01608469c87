package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/redact"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		method, target string
		header         []string
		identity       string
		logical        string
	}{
		{"GET", "/demo/a%20b?x-id=GetObject", nil, "GET /demo/a%20b?x-id=GetObject", "GetObject demo/a b"},
		{"GET", "/demo/k", []string{"Range: bytes=0-9"}, "GET /demo/k bytes=0-9", "GetObject demo/k"},
		{"GET", "/demo/k", []string{"X-S3chaos-Step: 2"}, "[2] GET /demo/k", "[2] GetObject demo/k"},
		{"GET", "/k", []string{"Host: demo.s3.amazonaws.com"}, "GET /demo/k", "GetObject demo/k"},
		{"GET", "http://demo.s3.amazonaws.com/k", nil, "GET /demo/k", "GetObject demo/k"},
		{
			"GET", "/demo/k?X-Amz-Signature=abc&versionId=3&x-amz-date=now&X%2DAmz-Credential=c", nil,
			"GET /demo/k?versionId=3", "GetObject demo/k versionId=3",
		},
		{
			"PUT", "/demo/k?uploadId=random&partNumber=3", nil, "PUT /demo/k?uploadId=#1&partNumber=3",
			"UploadPart demo/k part 3 upload 1",
		},
		{
			"GET", "/demo?list-type=2&prefix=a/&delimiter=%2F&max-keys=5&continuation-token=t&start-after=", nil,
			"GET /demo?list-type=2&prefix=a/&delimiter=%2F&max-keys=5&continuation-token=t&start-after=",
			"ListObjectsV2 demo/ prefix=a/ delimiter=%2F continuation-token=t",
		},
		{"GET", "/demo?prefix=a&marker=b", nil, "GET /demo?prefix=a&marker=b", "ListObjects demo/ prefix=a marker=b"},
		{
			"GET", "/demo?uploads&upload-id-marker=other", nil, "GET /demo?uploads&upload-id-marker=#0",
			"ListMultipartUploads demo/",
		},
		{"GET", "/demo/k", []string{"Amz-Sdk-Invocation-Id: 1234", "Range: bytes=5-"}, "GET /demo/k bytes=5-", "1234"},
		{"GET", "/demo?policy", nil, "GET /demo?policy", "GetBucketPolicy demo/"}, // no value, no secret
		{"BREW", "/pot", nil, "BREW /pot", "BREW /pot"},
	} {
		r := req(NewTracker(0), c.method, c.target, c.header...)
		assert.Equal(t, c.identity, r.Identity, c.target)
		assert.Equal(t, c.logical, r.Logical, c.target)
	}
}

func TestNthCountsIdentitiesAndAttemptCountsLogicalRequests(t *testing.T) {
	tr := NewTracker(0)
	first := req(tr, "GET", "/demo/k", "Amz-Sdk-Invocation-Id: a", "Range: bytes=0-")
	resume := req(tr, "GET", "/demo/k", "Amz-Sdk-Invocation-Id: a", "Range: bytes=7-")
	other := req(tr, "GET", "/demo/k", "Amz-Sdk-Invocation-Id: b", "Range: bytes=0-")
	assert.Equal(t, []int{1, 1}, []int{first.Nth, first.Attempt})
	assert.Equal(t, []int{1, 2}, []int{resume.Nth, resume.Attempt}, "a resume is an attempt of the same request")
	assert.Equal(t, []int{2, 1}, []int{other.Nth, other.Attempt})

	plain := req(tr, "GET", "/demo/k", "Range: bytes=0-")
	resumed := req(tr, "GET", "/demo/k", "Range: bytes=7-")
	assert.Equal(t, []int{1, 2}, []int{plain.Attempt, resumed.Attempt}, "without the SDK's id too")
}

func TestALogicalRequestThatIsSettledIsFollowedByAnother(t *testing.T) {
	tr := NewTracker(0)
	failed, resumed := req(tr, "GET", "/demo/k"), req(tr, "GET", "/demo/k", "Range: bytes=7-")
	assert.Equal(t, []int{1, 2}, []int{failed.Attempt, resumed.Attempt})
	assert.Equal(t, failed.Logical, resumed.Logical)
	tr.Settle(resumed)
	tr.Settle(failed) // late, and of the same logical request
	next := req(tr, "GET", "/demo/k")
	assert.Equal(t, 1, next.Attempt)
	assert.Equal(t, "GetObject demo/k #2", next.Logical)
	again := req(tr, "GET", "/demo/k")
	assert.Equal(t, []any{2, next.Logical}, []any{again.Attempt, again.Logical})
	tr.Settle(again)
	assert.Equal(t, "GetObject demo/k #3", req(tr, "GET", "/demo/k").Logical)
	assert.Equal(t, 1, req(tr, "GET", "/demo/other").Attempt)
	assert.Equal(t, "HeadObject demo/k", req(tr, "HEAD", "/demo/k").Logical)
}

func TestAnInvocationIDIsOneLogicalRequestWhateverIsSettled(t *testing.T) {
	tr := NewTracker(0)
	first := req(tr, "GET", "/demo/k", "Amz-Sdk-Invocation-Id: a")
	tr.Settle(first)
	second := req(tr, "GET", "/demo/k", "Amz-Sdk-Invocation-Id: a")
	assert.Equal(t, []any{2, "a"}, []any{second.Attempt, second.Logical})
}

func TestPeekCountsNothing(t *testing.T) {
	tr := NewTracker(0)
	peeked := &s3api.Request{}
	peeked.Parse("GET", "/demo/k", "", s3api.NewHosts())
	tr.Peek(peeked)
	tr.Peek(peeked)
	seen := req(tr, "GET", "/demo/k")
	assert.Equal(t, []int{1, 1}, []int{peeked.Nth, peeked.Attempt})
	assert.Equal(t, seen.Identity, peeked.Identity)
	tr.Peek(peeked)
	assert.Equal(t, 2, peeked.Nth)
	assert.Equal(t, 2, req(tr, "GET", "/demo/k").Nth)
}

// Upload ids are random: only which upload of its key it was may show.
func TestUploadOrdinals(t *testing.T) {
	tr := NewTracker(0)
	for _, c := range []struct {
		target string
		want   int
	}{
		{"/demo/k?uploadId=x9f&partNumber=1", 1},
		{"/demo/k?uploadId=q77&partNumber=1", 2},
		{"/demo/other?uploadId=zz&partNumber=1", 1},
		{"/demo/k?uploadId=x9f&partNumber=2", 1},
		{"/demo/k?uploadId=q77", 2},
	} {
		assert.Equal(t, c.want, req(tr, "PUT", c.target).Upload, c.target)
	}
	assert.Equal(t, "GET /demo?uploads&upload-id-marker=#2",
		req(tr, "GET", "/demo?uploads&upload-id-marker=q77").Identity)
}

func TestLimitedTrackerForgetsOldKeys(t *testing.T) {
	tr := NewTracker(100)
	req(tr, "GET", "/demo/kept")
	for i := range 10_000 {
		req(tr, "PUT", fmt.Sprintf("/demo/%d?uploadId=u%d", i, i))
		if i%50 == 0 {
			assert.Equal(t, i/50+2, req(tr, "GET", "/demo/kept").Nth, "what is in use is remembered")
		}
	}
	for _, n := range []int{
		tr.nth.young.used + tr.nth.old.used, tr.attempts.young.used + tr.attempts.old.used,
		len(tr.uploads.young) + len(tr.uploads.old), len(tr.ordinals.young) + len(tr.ordinals.old),
	} {
		assert.LessOrEqual(t, n, 200)
	}
}

func TestIdentityLatency(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 1000 {
		r := req(NewTracker(0), "GET", fmt.Sprintf("/demo/%d", i))
		d := Latency(7, r.IdentityHash, 1)
		assert.Equal(t, d, Latency(7, r.IdentityHash, 1))
		assert.Positive(t, d)
		assert.Less(t, d, time.Millisecond)
		seen[d] = true
		assert.NotEqual(t, d, Latency(7, r.IdentityHash, 2))
		assert.NotEqual(t, d, Latency(8, r.IdentityHash, 1))
	}
	assert.Greater(t, len(seen), 990, "latencies of different requests differ")
}

// The draws of a script are the same on every machine and in every release: these are numbers of
// this one.
func TestDrawsAreStable(t *testing.T) {
	assert.Equal(t, uint64(0xcbf29ce484222325), FNV1a(FNVOffset, ""))
	assert.Equal(t, uint64(0xaf63dc4c8601ec8c), FNV1a(FNVOffset, "a"))
	assert.Equal(t, "0.237432", fmt.Sprintf("%.6f", Draw(1, 2, 3, 4)))
	assert.Equal(t, 205904*time.Nanosecond, Latency(1, 2, 3))
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/demo/k?uploadId=x&partNumber=1", "Host: a.s3.x\r\nRange: bytes=0-\r\n")
	f.Add("PUT", "http://u:p@h/%zz?%=&&=", "x")
	f.Add("", "", ":\n\r\n")
	f.Fuzz(func(t *testing.T, method, target, header string) {
		r := req(NewTracker(1), method, target, header)
		tr := NewTracker(0)
		again := req(tr, method, target, header)
		assert.Equal(t, again.Identity, r.Identity)
		assert.GreaterOrEqual(t, r.Part, 0)
		redact.Target(target)
		redact.Headers(httptext.Headers(header))
	})
}

func BenchmarkSee(b *testing.B) {
	tr, r, hosts := NewTracker(10000), &s3api.Request{}, s3api.NewHosts()
	header := httptext.Headers("Host: 127.0.0.1:9000\r\nUser-Agent: aws-sdk-go-v2/1.0 ua/2.1 os/linux lang/go#1.26 " +
		"api/s3#1.1\r\nAccept-Encoding: identity\r\n" +
		"Amz-Sdk-Invocation-Id: 6a7f8b5e-1c2d-4f3a-9b8c-7d6e5f4a3b2c\r\nAmz-Sdk-Request: attempt=1; max=3\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, " +
		"Signature=00\r\n" +
		"X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\nX-Amz-Date: " +
		"20260101T000000Z\r\n")
	b.ReportAllocs()
	for b.Loop() {
		r.Parse("GET", "/demo/a.bin?x-id=GetObject", header, hosts)
		tr.See(r)
	}
}

// req is a request that has arrived.
func req(t *Tracker, method, target string, header ...string) *s3api.Request {
	r := &s3api.Request{}
	r.Parse(method, target, httptext.Headers(strings.Join(header, "\r\n")), s3api.NewHosts())
	t.See(r)
	return r
}
