package s3client_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/s3client"
)

// anywhere are faults of any request.
var anywhere = []string{
	"respond: {status: 503, code: SlowDown}",
	"respond: {status: 429, code: TooManyRequests, retry_after: 3s}",
	"respond: {status: 500, code: InternalError, body: html}",
	"respond: {status: 502, code: BadGateway, body: empty}",
	"respond: {status: 503, code: SlowDown, body: truncated_xml}",
	"respond: {status: 503, code: SlowDown}, after_upstream: true",
	"timeout: {}",
	"timeout: 5s",
	"timeout: 5s, after_upstream: true",
	"latency: {delay: 10s}",
	"reset_peer: {at: request_head}",
	"reset_peer: {at: response_head}",
	"idle_close: {}",
	"duplicate: {}",
}

// inTheBody are faults of a request whose answer has a body.
var inTheBody = []string{
	"reset_peer: {at: response_body, after_bytes: 50}",
	"close_early: {after_bytes: 50}",
	"close_early: {after_bytes: 50, close_delimited: true}",
	"bandwidth: {rate: 16KiB}",
	"slicer: {size: 100B, delay: 10ms}",
	"corrupt: {flip: 3}",
}

// resetUpload is a fault of a request that has a body.
const resetUpload = "reset_peer: {at: request_body, after_bytes: 100}"

// operations lists what the client asks, and whether the request and the answer have a body. TLS
// changes nothing but how bodies travel, so it is enough for some of them.
var operations = []struct {
	name             string
	sends, body, tls bool
}{
	{"PutObject", true, false, true},
	{"CreateMultipartUpload", false, true, false},
	{"UploadPart", true, false, true},
	{"CompleteMultipartUpload", true, true, false},
	{"GetObject", false, true, true},
	{"ListObjectsV2", false, true, false},
	{"HeadObject", false, false, false},
	{"DeleteObject", false, false, false},
}

// Every fault, once, at every operation: the work is done all the same, no attempt is more than one
// send, and nothing is left behind.
func TestEveryFaultIsSurvivedOnce(t *testing.T) {
	for _, operation := range operations {
		faults := anywhere
		if operation.body {
			faults = slices.Concat(anywhere, inTheBody)
		}
		if operation.sends {
			faults = append(slices.Clone(faults), resetUpload)
		}
		for _, fault := range faults {
			rule := "{match: {operation: " + operation.name + "}, times: 1, " + fault + "}"
			for _, tls := range []bool{false, true} {
				if tls && !operation.tls {
					continue
				}
				name := operation.name + " " + fault
				if tls {
					name += " TLS"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { survive(t, rule, tls) })
				})
			}
		}
	}
}

func survive(t *testing.T, rule string, tls bool) {
	fake := fakes3.NewWith(fakes3.Options{
		MinPartSize: -1,
		Credentials: &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey},
	})
	require.NoError(t, fake.CreateBucket("demo"))
	lab := faulttest.LabConfig{TLS: tls}.New(t, fake)
	parsed, err := faultproxy.ParseRule(rule)
	require.NoError(t, err)
	lab.Add(parsed)
	var attempts atomic.Int64
	client, err := s3client.New(s3client.Config{
		Endpoint: lab.URL(), Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: lab.HTTPClient(), Retry: policy(nil), PartSize: 16 << 10,
		Observer: s3client.ObserverFunc(func(context.Context, s3client.Attempt) { attempts.Add(1) }),
	})
	require.NoError(t, err)
	ctx := context.Background()
	content := noise(40_000) // three parts

	// Two lists first, so that a connection is kept alive.
	for range 2 {
		_, err := collect(client.List(ctx, "", nil))
		require.NoError(t, err)
	}
	require.NoError(t, client.UploadStream(ctx, bytes.NewReader(content), "large", nil))
	require.NoError(t, client.UploadStream(ctx, bytes.NewReader(content[:1000]), "small", nil))
	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, client.Download(ctx, "large", out, nil))
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
	list, err := collect(client.List(ctx, "", nil))
	require.NoError(t, err)
	require.Len(t, list, 2)
	there, err := client.Exists(ctx, "small")
	require.NoError(t, err)
	require.True(t, there)
	require.NoError(t, client.Delete(ctx, "small"))

	object, ok := fake.Object("demo", "large")
	require.True(t, ok)
	require.True(t, bytes.Equal(content, object.Content))
	require.Equal(t, []string{"large"}, fake.Keys("demo"))
	if lostCreate := strings.Contains(rule, "CreateMultipartUpload") && len(fake.Uploads("demo")) == 1; lostCreate {
		require.Empty(t, fake.Uploads("demo")[0].Parts, "an empty upload may remain, parts may not")
	} else {
		require.Empty(t, fake.Uploads("demo"))
	}
	require.Empty(t, lab.Proxy().Rules().Unfired(), "nothing was injected")
	// A connection that died while it was idle can cost an attempt that never arrives; no attempt
	// may arrive twice.
	sends := int64(len(lab.Journal().Records()))
	require.LessOrEqual(t, sends, attempts.Load(), "no attempt is more than one send")
	require.LessOrEqual(t, attempts.Load(), sends+1)
	client.CloseIdleConnections()
	synctest.Wait()
}
