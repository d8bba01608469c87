package conformance_test

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// server is the S3 under test.
type server struct {
	name     string // as in the table of differences
	endpoint string
	access   string
	secret   string
	client   *http.Client
}

const (
	fakeAccess = "AKIACONFORMANCE"
	fakeSecret = "secret"
)

// servers returns the S3 that the environment names, or else the fake over http, over https and in
// memory.
func servers(t *testing.T) []server {
	t.Helper()
	if endpoint := os.Getenv("S3CHAOS_ENDPOINT"); endpoint != "" {
		return []server{{
			cmp.Or(os.Getenv("S3CHAOS_SERVER"), "other"), endpoint,
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), http.DefaultClient,
		}}
	}
	fake := fakes3.NewWith(fakes3.Options{
		Credentials: &fakes3.Credentials{AccessKey: fakeAccess, SecretKey: fakeSecret}, Region: "us-east-1",
	})
	plain, secure := httptest.NewServer(fake), httptest.NewTLSServer(fake)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	return []server{
		{"http", plain.URL, fakeAccess, fakeSecret, plain.Client()},
		{"https", secure.URL, fakeAccess, fakeSecret, secure.Client()},
		{"memory", "http://s3.memory", fakeAccess, fakeSecret, &http.Client{Transport: memory{fake}}},
	}
}

// memory hands requests to a handler without a network.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.Host = cmp.Or(r.Host, r.URL.Host)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, in)
	resp := recorder.Result()
	header := http.Header{} // with canonical names, as net/http reads them from a wire
	for name, values := range resp.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	resp.Header, resp.Request = header, r
	return resp, nil
}

// bucket is an empty bucket of a server, and a client for it.
type bucket struct {
	server
	name string
	sdk  *s3.Client
}

// buckets counts the buckets of this run, so that each has its own name.
var buckets atomic.Int64

func (s server) newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{server: s, name: fmt.Sprintf("conformance-%d-%d", os.Getpid(), buckets.Add(1))}
	b.sdk = s3.New(s3.Options{
		BaseEndpoint: &s.endpoint, Region: "us-east-1", UsePathStyle: true, HTTPClient: s.client,
		Credentials:                credentials.NewStaticCredentialsProvider(s.access, s.secret, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
	_, err := b.sdk.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &b.name})
	require.NoError(t, err)
	t.Cleanup(func() { b.remove(t) })
	return b
}

// remove deletes the bucket with all that is in it.
func (b *bucket) remove(t *testing.T) {
	t.Helper()
	list := b.raw(t, "GET", "?versions", "")
	var page struct {
		Versions []struct{ Key, VersionId string } `xml:"Version"`
		Markers  []struct{ Key, VersionId string } `xml:"DeleteMarker"`
	}
	require.NoError(t, xml.Unmarshal(list.body, &page))
	for _, v := range append(page.Versions, page.Markers...) {
		b.raw(t, "DELETE", "/"+v.Key+"?versionId="+v.VersionId, "")
	}
	b.raw(t, "DELETE", "", "")
}

// response is a response with its body.
type response struct {
	*http.Response
	body []byte
	code string // of an S3 error
}

// raw sends a request for the bucket that is signed and is otherwise as given. Headers are name,
// value, …
func (b *bucket) raw(t *testing.T, method, target, body string, headers ...string) response {
	t.Helper()
	r, err := http.NewRequest(method, b.endpoint+"/"+b.name+target, strings.NewReader(body))
	require.NoError(t, err)
	const unsigned = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	keys := aws.Credentials{AccessKeyID: b.access, SecretAccessKey: b.secret}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	hash := r.Header.Get("X-Amz-Content-Sha256")
	require.NoError(t, signer.SignHTTP(r.Context(), keys, r, hash, "s3", "us-east-1", time.Now()))
	resp, err := b.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	got := response{Response: resp}
	got.body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	var failure struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if xml.Unmarshal(got.body, &failure) == nil {
		got.code = failure.Code
	}
	return got
}

// is checks the status and the S3 code of a response.
func (r response) is(t *testing.T, status int, code string) response {
	t.Helper()
	require.Equal(t, status, r.StatusCode, "%s", r.body)
	require.Equal(t, code, r.code, "%s", r.body)
	return r
}

// put stores an object with the SDK at its defaults.
func (b *bucket) put(t *testing.T, key string, content []byte) *s3.PutObjectOutput {
	t.Helper()
	out, err := b.sdk.PutObject(t.Context(),
		&s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(content)})
	require.NoError(t, err)
	return out
}

// get reads an object with the SDK at its defaults.
func (b *bucket) get(t *testing.T, key string) []byte {
	t.Helper()
	out, err := b.sdk.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	require.NoError(t, err)
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return content
}
