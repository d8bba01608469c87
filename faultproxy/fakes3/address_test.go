package fakes3_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

var oddKeys = []string{
	"a b", "a+b", "a%2Fb", "a//b", "/a", "//", "a/", "a;b", "a=b&c?d#e", "ключ/鍵/🔑", "a/../b", "a/..", "./a", ".",
	"~-_.",
	"'\"<>`{}|\\^[]", "%", "%zz", "a:b@c,d$e!f*g(h)", strings.Repeat("k", 1024), "Ünïcode+%20 mix",
}

func TestOddKeysAreStoredUnchanged(t *testing.T) {
	for _, style := range []string{"path", "virtual-hosted"} {
		t.Run(style, func(t *testing.T) {
			w := serve(t, fakes3.Options{Credentials: &keys, BaseHosts: []string{"s3.test"}})
			if style != "path" {
				w = hosted(w)
			}
			for _, key := range oddKeys {
				content := []byte("content of " + key)
				put(t, w, key, content)
				require.Equal(t, content, get(t, w, key), "%q", key)
				object, ok := w.Object("demo", key)
				require.True(t, ok, "%q", key)
				require.Equal(t, content, object.Content)
			}
			require.ElementsMatch(t, oddKeys, w.Keys("demo"))
		})
	}
}

// S3 refuses a key whose .. elements lead out of the bucket with 400 and no body: "Naming Amazon S3
// objects" in its user guide has the rule, and users have recorded the response
// (floci-io/floci#1320).
func TestKeyThatLeavesTheBucketIsRefused(t *testing.T) {
	w := serve(t, fakes3.Options{})
	for _, key := range []string{
		"..", "../x", "../demo/k", "a/../..", "a/../../b", "/..", "a/b/../../../c", "%2e%2e/x",
	} {
		for _, method := range []string{"PUT", "GET", "HEAD", "DELETE"} {
			got := exchange(t, w.Server, method, "/demo/"+key, "")
			got.wants(t, 400, "")
			require.Empty(t, got.body, "%s %s", method, key)
		}
		exchange(t, w.Server, "POST", "/demo/"+key+"?uploads", "").wants(t, 400, "")
		exchange(t, w.Server, "PUT", "/demo/copy", "", "X-Amz-Copy-Source", "demo/"+key).
			wants(t, 400, "InvalidArgument")
	}
	require.Empty(t, w.Keys("demo"))
}

// hosted addresses the same server by bucket.s3.test.
func hosted(w *world) *world {
	at := strings.TrimPrefix(w.http.URL, "http://")
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at)
	}}
	options := w.client.Options()
	options.UsePathStyle = false
	options.BaseEndpoint = aws.String("http://s3.test")
	options.HTTPClient = &http.Client{Transport: closing{transport}}
	return &world{w.Server, w.http, s3.New(options)}
}

// closing keeps no connection, so that none outlives the test.
type closing struct{ *http.Transport }

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	c.DisableKeepAlives = true
	return c.Transport.RoundTrip(r)
}

func TestChangedPathIsRefused(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	put(t, w, "some/key+1", []byte("x"))
	presigned, err := s3.NewPresignClient(w.client).PresignGetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("some/key+1"),
	})
	require.NoError(t, err)
	good := w.send(t, "GET", strings.TrimPrefix(presigned.URL, w.http.URL), "")
	good.wants(t, 200, "")
	require.Equal(t, "x", string(good.body))

	u, err := url.Parse(presigned.URL)
	require.NoError(t, err)
	path := u.EscapedPath()
	for i := 1; i < len(path); i++ {
		changed := path[:i] + string(path[i]^1) + path[i+1:]
		if !strings.Contains(changed, "%2B") { // a letter may be anything, an escape must be valid
			continue
		}
		w.send(t, "GET", changed+"?"+u.RawQuery, "").wants(t, 403, "SignatureDoesNotMatch")
	}
	// Another encoding of the same key is another request line.
	w.send(t, "GET", strings.Replace(path, "%2B", "%2b", 1)+"?"+u.RawQuery, "").wants(t, 403, "SignatureDoesNotMatch")
}

// A signature covers the request line as it was sent, even in an encoding that a URL package does
// not produce.
func TestPathIsVerifiedAsReceived(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	require.NoError(t, w.Put("demo", "a^b", []byte("x")))
	for sent, code := range map[string]string{"/demo/a^b": "", "/demo/a%5Eb": "SignatureDoesNotMatch"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.http.URL, nil)
		require.NoError(t, err)
		r.URL.Opaque = "//" + r.URL.Host + "/demo/a^b" // as is, in absolute form
		r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		err = v4.NewSigner().SignHTTP(t.Context(),
			aws.Credentials{AccessKeyID: keys.AccessKey, SecretAccessKey: keys.SecretKey},
			r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Now(), func(
				o *v4.SignerOptions,
			) {
				o.DisableURIPathEscaping = true
			})
		require.NoError(t, err)
		r.URL.Opaque = "//" + r.URL.Host + sent
		resp, err := w.http.Client().Do(r)
		require.NoError(t, err)
		require.Equal(t, code, read(t, resp).Code, sent)
	}
}

func TestPresignedPut(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	presigned, err := s3.NewPresignClient(w.client).PresignPutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("k"),
	})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), presigned.Method, presigned.URL, strings.NewReader("content"))
	require.NoError(t, err)
	r.Header = presigned.SignedHeader.Clone()
	resp, err := w.http.Client().Do(r)
	require.NoError(t, err)
	read(t, resp).wants(t, 200, "")
	require.Equal(t, "content", string(get(t, w, "k")))
}

func TestWrongSecretIsRefused(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &fakes3.Credentials{AccessKey: keys.AccessKey, SecretKey: "another"}})
	_, err := w.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("k"), Body: strings.NewReader("x"),
	})
	require.Equal(t, "SignatureDoesNotMatch", codeOf(t, err))
	_, err = w.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("k")})
	require.Equal(t, "SignatureDoesNotMatch", codeOf(t, err))
	require.Empty(t, w.Keys("demo"))
}

func TestKeyTooLong(t *testing.T) {
	w := serve(t, fakes3.Options{})
	long := strings.Repeat("k", 1025)
	w.send(t, "PUT", "/demo/"+long, "x").wants(t, 400, "KeyTooLongError")
	w.send(t, "POST", "/demo/"+long+"?uploads", "").wants(t, 400, "KeyTooLongError")
	require.Error(t, w.Put("demo", long, nil))
	require.Empty(t, w.Keys("demo"))
}

// A base host below another base host is the endpoint, not a bucket. Host names ignore case.
func TestBaseHostIsNotABucket(t *testing.T) {
	server := fakes3.NewWith(fakes3.Options{BaseHosts: []string{"s3.localhost", "localhost"}})
	require.NoError(t, server.CreateBucket("demo"))
	require.NoError(t, server.Put("demo", "k", []byte("content")))
	for url, want := range map[string]int{
		"http://s3.localhost/demo/k": 200, "http://S3.localhost:80/demo/k": 200, "http://demo.s3.localhost/k": 200,
		"http://demo.S3.LocalHost:80/k": 200,
		"http://demo.localhost/k":       200, "http://localhost/demo/k": 200, "http://s3.localhost/k": 404,
	} {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		require.Equal(t, want, w.Code, url)
	}
}
