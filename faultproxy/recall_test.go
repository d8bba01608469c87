package faultproxy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/internal/racing"
)

// An upstream that verifies signatures rejects unsigned reads, so snapshots are the objects that
// passed through the proxy.
func TestStaleUsesObjectsThatPassedIfUnsignedReadsFail(t *testing.T) {
	for _, tls := range []bool{false, true} { // over TLS the SDK frames bodies differently
		synctest.Test(t, func(t *testing.T) {
			lab, fake := verifying(t, tls)
			client := client(lab, true)
			lab.Rule("", faultproxy.Stale(10*time.Second))
			bucket := aws.String("demo")
			put := func(key, content string) {
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: bucket, Key: aws.String(key), Body: strings.NewReader(content),
					Metadata: map[string]string{"v": content}, ContentType: aws.String("text/x"),
				})
				require.NoError(t, err)
			}
			get := func(key string) string {
				out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: aws.String(key)})
				var api smithy.APIError
				if errors.As(err, &api) {
					return api.ErrorCode()
				}
				require.NoError(t, err)
				content, err := io.ReadAll(out.Body)
				require.NoError(t, err)
				require.NoError(t, out.Body.Close())
				if meta, ok := out.Metadata["v"]; ok {
					assert.Equal(t, string(content), meta)
					assert.Equal(t, "text/x", aws.ToString(out.ContentType))
				}
				return string(content)
			}
			require.NoError(t, fake.Put("demo", "read before", []byte("seeded")))
			require.NoError(t, fake.Put("demo", "unknown", []byte("seeded")))
			put("a", "one")
			assert.Equal(t, "seeded", get("read before"))
			assert.Equal(t, "NoSuchKey", get("new"))
			time.Sleep(time.Minute)
			for _, key := range []string{"a", "read before", "unknown", "new"} {
				put(key, "two")
			}
			assert.Equal(t, []string{"one", "seeded", "two", "NoSuchKey"},
				[]string{get("a"), get("read before"), get("unknown"), get("new")})
			time.Sleep(time.Minute)
			_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("a")})
			require.NoError(t, err)
			head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("a")})
			require.NoError(t, err)
			assert.EqualValues(t, 3, aws.ToInt64(head.ContentLength))
			list, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
			require.NoError(t, err)
			assert.Equal(t, "a", aws.ToString(list.Contents[0].Key))
			put("a", "three")
			time.Sleep(5 * time.Second)
			assert.Equal(t, "two", get("a"), "before both changes")
			time.Sleep(time.Minute)
			assert.Equal(t, "three", get("a"))

			lab.Rule("GetObject", faultproxy.Times(1), faultproxy.Corrupt(1))
			out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: aws.String("unknown")})
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, out.Body)
			require.ErrorContains(t, err, "checksum did not match")
			require.NoError(t, out.Body.Close())
			put("unknown", "five")
			assert.Equal(t, "two", get("unknown"), "what was corrupted on its way is not remembered")
			_, err = client.CopyObject(t.Context(),
				&s3.CopyObjectInput{Bucket: bucket, Key: aws.String("a"), CopySource: aws.String("demo/new")})
			require.NoError(t, err)
			put("a", "four")
			assert.Equal(t, "three", get("a"), "the copy's content is unknown, what was before it is not")
			time.Sleep(time.Minute)
			assert.Equal(t, "four", get("a"))
		})
	}
}

// Snapshots of a bucket have a limit, and a duplicated request has none.
func TestTooLargeObjectsAreNotKept(t *testing.T) {
	if racing.On {
		t.Skip("it moves hundreds of MiB, which the race detector makes slow")
	}
	const large = 65 << 20
	content := bytes.Repeat([]byte("x"), large)
	synctest.Test(t, func(t *testing.T) {
		sizes := map[string]int{}
		lab := faulttest.NewLab(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				n, _ := io.Copy(io.Discard, r.Body)
				sizes[r.URL.Path] += int(n)
				return
			}
			_, _ = w.Write(content)
		}))
		lab.Rule("GetObject", faultproxy.Stale(0))
		lab.Rule("PutObject", faultproxy.Key("twice"), faultproxy.Duplicate())
		for _, key := range []string{"large", "twice"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/"+key,
				bytes.NewReader(content))
			require.NoError(t, err)
			resp, err := lab.HTTPClient().Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		assert.Equal(t, map[string]int{"/demo/large": large, "/demo/twice": 2 * large}, sizes)
		resp, err := lab.HTTPClient().Get(lab.URL() + "/demo/large")
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.EqualValues(t, large, n)
		var fired []string
		for _, rec := range lab.Journal().Records() {
			fired = append(fired, fmt.Sprint(rec.Method, rec.Fault))
		}
		assert.Equal(t, []string{"PUT", "PUTduplicate: {}", "GET"}, fired,
			"the earlier state of a large object is unknown")
	})
}
