package knowable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/knowable"
)

var s3Header = map[string]string{"X-Amz-Request-Id": "0000", "Server": "AmazonS3"}

// madeUpList is a response to a second page that a rule spells out.
func madeUpList(content string) faultproxy.Record {
	return faultproxy.Record{
		Operation: "ListObjectsV2", Status: 200, Target: "/demo?continuation-token=t&list-type=2",
		Fault: "respond: {status: 200, body: <ListBucketResult>" + content + "</ListBucketResult>}",
	}
}

func TestEveryFaultHasARowForEveryOperation(t *testing.T) {
	signs := []knowable.Sign{
		knowable.NoResponse, knowable.Foreign, knowable.Redirected, knowable.Missing, knowable.Refused,
		knowable.ErrorInBody, knowable.Accepted, knowable.Fabricated, knowable.Incomplete, knowable.Ranged,
		knowable.Contradictory,
		knowable.Protected, knowable.Exposed,
	}
	for _, kind := range faultproxy.Kinds() {
		for _, operation := range faultproxy.Operations() {
			for _, sign := range signs {
				flips := sign == knowable.Protected || sign == knowable.Exposed
				if flips && kind != "corrupt" && kind != "shorten" || sign == knowable.Incomplete && kind != "list" ||
					sign == knowable.Ranged && kind != "shorten" {
					continue // no other fault shows the sign
				}
				row, ok := knowable.Lookup(operation, kind, sign)
				require.True(t, ok, "%s of %s, seen as %s", kind, operation, sign)
				require.NotEmpty(t, row.Why)
			}
		}
	}
}

func TestEveryRowIsOfAFaultAndOfOperationsThatExist(t *testing.T) {
	for _, row := range knowable.Table {
		require.Contains(t, faultproxy.Kinds(), row.Fault)
		require.Subset(t, faultproxy.Operations(), row.Operations)
	}
}

func TestWhatAClientCouldHaveKnown(t *testing.T) {
	for _, c := range []struct {
		name     string
		record   faultproxy.Record
		saw      knowable.Sign
		knowable bool
	}{
		{
			"404 in S3's shape for an object",
			faultproxy.Record{
				Operation: "HeadObject", Fault: "respond: {status: 404}", Status: 404, ErrorCode: "NoSuchKey",
			},
			knowable.Missing, false,
		},
		{
			"404 for a bucket",
			faultproxy.Record{Operation: "GetObject", Fault: "respond: {}", Status: 404, ErrorCode: "NoSuchBucket"},
			knowable.Refused, true,
		},
		{
			"404 for a write",
			faultproxy.Record{Operation: "PutObject", Fault: "respond: {}", Status: 404, ErrorCode: "NoSuchKey"},
			knowable.Missing, true,
		},
		{
			"404 from a portal",
			faultproxy.Record{
				Operation: "HeadObject", Fault: "respond: {status: 404, body: html}", Status: 404,
				ResponseHeader: map[string]string{"Server": "nginx", "Content-Type": "text/html"},
			},
			knowable.Foreign, true,
		},
		{
			"a page under an ETag",
			faultproxy.Record{
				Method: "HEAD", Operation: "HeadObject", Fault: "edit: {headers: {set: {ETag: x}}}", Status: 200,
				ResponseHeader: map[string]string{"Content-Type": "text/html", "Etag": "x"},
			},
			knowable.Accepted, false,
		},
		{
			"a page under the ETag of a write",
			faultproxy.Record{
				Method: "PUT", Operation: "PutObject", Fault: "edit: {headers: {set: {ETag: x}}}", Status: 200,
				ResponseHeader: map[string]string{"Content-Type": "application/json", "Etag": "x"},
			},
			knowable.Accepted, false,
		},
		{
			"a redirection turned into a missing object",
			faultproxy.Record{
				Method: "HEAD", Operation: "HeadObject", Fault: "edit: {status: 404}", Status: 404,
				ErrorCode:      "TemporaryRedirect",
				ResponseHeader: map[string]string{"Content-Type": "application/xml", "Location": "/"},
			},
			knowable.Missing, false,
		},
		{
			"an error document under the ETag of an object",
			faultproxy.Record{
				Method: "GET", Operation: "GetObject", Fault: "edit: {status: 200}", Status: 200, UpstreamStatus: 404,
				ErrorCode: "NoSuchKey", ResponseHeader: map[string]string{"Etag": "x", "Server": "AmazonS3"},
			},
			knowable.Accepted, false,
		},
		{
			"a page",
			faultproxy.Record{
				Method: "HEAD", Operation: "HeadObject", Fault: "respond: {status: 200, body: html}", Status: 200,
				ResponseHeader: map[string]string{"Content-Type": "text/html"},
			},
			knowable.Foreign, true,
		},
		{
			"a success that stored nothing",
			faultproxy.Record{Operation: "PutObject", Fault: "respond: {status: 200}", Status: 200},
			knowable.Accepted, false,
		},
		{
			"a list without a list",
			faultproxy.Record{Operation: "ListObjectsV2", Fault: "respond: {status: 200}", Status: 200},
			knowable.Accepted, true,
		},
		{
			"a list that the rule spells out",
			faultproxy.Record{
				Operation: "ListObjectsV2", Status: 200,
				Fault: `respond: {status: 200, body: "<?xml version=\"1.0\"?><ListBucketResult></ListBucketResult>"}`,
			},
			knowable.Fabricated, false,
		},
		{
			"a result that the rule spells out, with an error for a key",
			faultproxy.Record{
				Operation: "DeleteObjects", Status: 200,
				Fault: `respond: {status: 200, body: "<DeleteResult><Error><Key>a</Key></Error></DeleteResult>"}`,
			},
			knowable.ErrorInBody, true,
		},
		{
			"a result of another operation",
			faultproxy.Record{
				Operation: "ListObjectsV2", Status: 200,
				Fault: "respond: {status: 200, body: <CopyObjectResult></CopyObjectResult>}",
			},
			knowable.Accepted, true,
		},
		{
			"a result that breaks off",
			faultproxy.Record{
				Operation: "DeleteObjects", Status: 200,
				Fault: "respond: {status: 200, body: <DeleteResult><Deleted></DeleteResult>}",
			},
			knowable.Accepted, true,
		},
		{
			"an empty result that the rule spells out",
			faultproxy.Record{
				Operation: "DeleteObjects", Status: 200, Fault: "respond: {status: 200, body: <DeleteResult/>}",
			},
			knowable.Fabricated, false,
		},
		{
			"a made-up page without the token of the next",
			madeUpList("<IsTruncated>true</IsTruncated>"),
			knowable.Contradictory, true,
		},
		{
			"a made-up page with the token of the next",
			madeUpList("<IsTruncated>true</IsTruncated><NextContinuationToken>u</NextContinuationToken>"),
			knowable.Fabricated, false,
		},
		{
			"a made-up page with its own token",
			madeUpList("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"),
			knowable.Contradictory, true,
		},
		{
			"a made-up page with a wrong count",
			madeUpList("<KeyCount>2</KeyCount><Contents><Key>a</Key></Contents>"),
			knowable.Contradictory, true,
		},
		{
			"a made-up page with a key twice",
			madeUpList("<Contents><Key>a</Key></Contents><Contents><Key>a</Key></Contents>"),
			knowable.Contradictory, true,
		},
		{
			"a list that lacks objects and the token of its next page",
			faultproxy.Record{
				Operation: "ListObjectsV2", Fault: "list: {drop: 1, truncate_without_token: true}", Status: 200,
			},
			knowable.Accepted, true,
		},
		{
			"a list that lacks objects, and whose last object may be its next page",
			faultproxy.Record{
				Operation: "ListObjects", Fault: "list: {drop: 1, truncate_without_token: true}", Status: 200,
			},
			knowable.Incomplete, false,
		},
		{
			"a first page that lacks objects",
			faultproxy.Record{
				Operation: "ListObjectsV2", Fault: "list: {drop: 1, repeat_token: true}", Status: 200,
			},
			knowable.Incomplete, false,
		},
		{
			"a second page that lacks objects and repeats its token",
			faultproxy.Record{
				Operation: "ListObjectsV2", Fault: "list: {drop: 1, repeat_token: true}", Status: 200,
				Target: "/demo?list-type=2&continuation-token=t",
			},
			knowable.Accepted, true,
		},
		{
			"a part's ETag that the rule spells out",
			faultproxy.Record{
				Operation: "UploadPart", Fault: "respond: {status: 200, headers: {ETag: a}}", Status: 200,
				ResponseHeader: map[string]string{"Etag": "a", "Server": "AmazonS3"},
			},
			knowable.Fabricated, false,
		},
		{
			"a short body under a checksum",
			faultproxy.Record{
				Method: "GET", Operation: "GetObject", Fault: "shorten: {to: 50%}", Status: 200,
				ResponseHeader: map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="},
			},
			knowable.Protected, true,
		},
		{
			"a short body under an ETag",
			faultproxy.Record{
				Method: "GET", Operation: "GetObject", Fault: "shorten: {to: 50%}", Status: 200,
				ResponseHeader: map[string]string{"Etag": `"0"`},
			},
			knowable.Exposed, false,
		},
		{
			"a short range",
			faultproxy.Record{Method: "GET", Operation: "GetObject", Fault: "shorten: {to: 50%}", Status: 206},
			knowable.Ranged, true,
		},
		{
			"a short list",
			faultproxy.Record{Method: "GET", Operation: "ListObjectsV2", Fault: "shorten: {to: 50%}", Status: 200},
			knowable.Exposed, true,
		},
		{
			"a short size",
			faultproxy.Record{
				Method: "HEAD", Operation: "HeadObject", Fault: "shorten: {to: 50%}", Status: 200,
				ResponseHeader: map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="},
			},
			knowable.Exposed, false,
		},
		{
			"a wrong status over an error",
			faultproxy.Record{
				Method: "GET", Operation: "GetObject", Fault: "edit: {status: 200}", Status: 200, UpstreamStatus: 404,
			},
			knowable.ErrorInBody, true,
		},
		{
			"another ETag",
			faultproxy.Record{
				Operation: "HeadObject", Fault: "edit: {headers: {set: {ETag: a}}}", Status: 200, UpstreamStatus: 200,
			},
			knowable.Accepted, false,
		},
		{
			"an error in place of a success",
			faultproxy.Record{
				Operation: "PutObject", Fault: "edit: {status: 500}", Status: 500, UpstreamStatus: 200,
			},
			knowable.Refused, true,
		},
		{
			"a list that lacks objects",
			faultproxy.Record{Operation: "ListObjectsV2", Fault: `list: {drop: "*.bin"}`, Status: 200},
			knowable.Incomplete, false,
		},
		{
			"a list that lacks objects which it counts",
			faultproxy.Record{Operation: "ListObjectsV2", Fault: "list: {drop: 1, key_count: 3}", Status: 200},
			knowable.Accepted, true,
		},
		{
			"a list that repeats its token",
			faultproxy.Record{Operation: "ListObjectsV2", Fault: "list: {repeat_token: true}", Status: 200},
			knowable.Accepted, true,
		},
		{
			"a text in place of a list",
			faultproxy.Record{Operation: "ListObjectsV2", Fault: "respond: {status: 200, body: hello}", Status: 200},
			knowable.Accepted, true,
		},
		{
			"a text of a load balancer",
			faultproxy.Record{
				Operation: "GetObject", Fault: "respond: {status: 404, body: no route}", Status: 404,
				ResponseHeader: map[string]string{"Server": "nginx", "Content-Type": "text/plain"},
			},
			knowable.Foreign, true,
		},
		{
			"an error in a body",
			faultproxy.Record{
				Method: "GET", Operation: "GetObject", Fault: "ok_with_error: {}", Status: 200,
				ErrorCode: "InternalError",
			},
			knowable.ErrorInBody, true,
		},
		{
			"an error in the body that HEAD does not have",
			faultproxy.Record{
				Method: "HEAD", Operation: "HeadObject", Fault: "ok_with_error: {}", Status: 200,
				ErrorCode: "InternalError",
			},
			knowable.Accepted, false,
		},
		{
			"an older object",
			faultproxy.Record{Operation: "GetObject", Fault: "stale: {age: 1m}", Status: 200},
			knowable.Accepted, false,
		},
		{
			"a cut",
			faultproxy.Record{Operation: "GetObject", Fault: "close_early: {}", Status: 200},
			knowable.Accepted, true,
		},
		{
			"a flip under a checksum",
			faultproxy.Record{
				Operation: "GetObject", Fault: "corrupt: {flip: 1}", Status: 200,
				ResponseHeader: map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="},
			},
			knowable.Protected, true,
		},
		{
			"a flip under a checksum of the parts' checksums",
			faultproxy.Record{
				Operation: "GetObject", Fault: "corrupt: {flip: 1}", Status: 200, ResponseHeader: map[string]string{
					"X-Amz-Checksum-Crc32": "AAAAAA==-2", "X-Amz-Checksum-Type": "COMPOSITE",
				},
			},
			knowable.Exposed, false,
		},
		{
			"a flip under an ETag",
			faultproxy.Record{
				Operation: "GetObject", Fault: "corrupt: {flip: 1}", Status: 200,
				ResponseHeader: map[string]string{"Etag": `"0"`},
			},
			knowable.Exposed, false,
		},
		{
			"a flip of an unsigned request",
			faultproxy.Record{
				Operation: "PutObject", Fault: "corrupt: {flip: 1, in: request}", Status: 200,
				ResponseHeader: s3Header,
			},
			knowable.Exposed, false,
		},
		{
			"a flip of a signed payload",
			faultproxy.Record{
				Operation: "PutObject", Fault: "corrupt: {flip: 1, in: request}", Status: 200,
				RequestHeader: map[string]string{"Authorization": "…", "X-Amz-Content-Sha256": "00"},
			},
			knowable.Protected, true,
		},
		{
			"a flip of an unsigned payload",
			faultproxy.Record{
				Operation: "PutObject", Fault: "corrupt: {flip: 1, in: request}", Status: 200,
				RequestHeader: map[string]string{"Authorization": "…", "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"},
			},
			knowable.Exposed, false,
		},
		{"no answer", faultproxy.Record{Operation: "PutObject", Fault: "timeout: {}"}, knowable.NoResponse, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.saw, knowable.Saw(c.record))
			row, ok := knowable.Of(c.record)
			require.True(t, ok)
			require.Equal(t, c.knowable, row.Knowable, row.Why)
		})
	}
}

func TestFaultThatNoClientCouldKnowDecidesAChain(t *testing.T) {
	chain := func(faults ...string) (fired []faultproxy.Firing) {
		for _, fault := range faults {
			fired = append(fired, faultproxy.Firing{Rule: "#1", Fault: fault})
		}
		return fired
	}
	slow, old, more := "latency: {delay: 1s}", "stale: {age: 1m}", "list: {repeat_token: true}"
	for _, c := range []struct {
		fired    []faultproxy.Firing
		fault    string
		knowable bool
	}{
		{chain(slow, old), "stale", false},
		{chain(old, slow), "stale", false},
		{chain(slow, more), "list", true},
	} {
		row, ok := knowable.Of(faultproxy.Record{Operation: "ListObjectsV2", Status: 200, Fired: c.fired})
		require.True(t, ok)
		require.Equal(t, c.fault, row.Fault)
		require.Equal(t, c.knowable, row.Knowable)
	}
}

// Of several faults, the one that made the response wrong tells what the client could have known.
func TestWhatAClientCouldHaveKnownOfSeveralFaults(t *testing.T) {
	chain := func(ended string, faults ...string) faultproxy.Record {
		r := faultproxy.Record{Method: "GET", Operation: "GetObject", Status: 200, Ended: ended}
		for _, f := range faults {
			r.Fired = append(r.Fired, faultproxy.Firing{Rule: "#", Fault: f})
		}
		return r
	}
	for _, c := range []struct {
		record   faultproxy.Record
		fault    string
		knowable bool
	}{
		{chain("complete", "latency: {delay: 1s}", "stale: {}"), "stale", false},
		{chain("complete", "corrupt: {flip: 1}", "bandwidth: {rate: 1B}"), "corrupt", false},
		{chain("closed", "corrupt: {flip: 1}", "close_early: {}"), "close_early", true},
		{chain("complete", "latency: {delay: 1s}", "stall: {for: 1s}"), "stall", true},
	} {
		row, ok := knowable.Of(c.record)
		require.True(t, ok)
		require.Equal(t, c.fault, row.Fault)
		require.Equal(t, c.knowable, row.Knowable, row.Why)
	}
}

func TestAnExchangeWithoutAFaultHasNoRow(t *testing.T) {
	_, struck := knowable.Of(faultproxy.Record{Operation: "GetObject", Status: 200})
	require.False(t, struck)
}
