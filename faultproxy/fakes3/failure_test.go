package fakes3_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func TestErrorsLookLikeS3(t *testing.T) {
	w := serve(t, fakes3.Options{})
	got := w.send(t, "GET", "/demo/a&b", "")
	got.wants(t, 404, "NoSuchKey")
	require.Equal(t, "application/xml", got.Header.Get("Content-Type"))
	var e struct {
		XMLName                                   xml.Name `xml:"Error"`
		Message, Key, Resource, RequestId, HostId string
	}
	require.NoError(t, xml.Unmarshal(got.body, &e))
	require.Equal(t, "a&b", e.Key)
	require.Equal(t, "/demo/a&b", e.Resource)
	require.NotEmpty(t, e.Message)
	require.Equal(t, got.Header.Get("X-Amz-Request-Id"), e.RequestId)
	require.Equal(t, got.Header.Get("X-Amz-Id-2"), e.HostId)
	require.NotEqual(t, e.RequestId, w.send(t, "GET", "/demo/none", "").Header.Get("X-Amz-Request-Id"))

	head := w.send(t, "HEAD", "/demo/none", "")
	require.Equal(t, 404, head.StatusCode)
	require.Empty(t, head.body)
	_, err := w.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("demo"), Key: aws.String("none")})
	require.Equal(t, "NotFound", codeOf(t, err))
}

func TestUnsupportedRequestIsRefused(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("content")))
	cases := []struct {
		method, target string
		status         int
		code           string
	}{
		{"PUT", "/demo/k?acl", 400, "AccessControlListNotSupported"},
		{"PUT", "/demo?acl", 400, "AccessControlListNotSupported"},
		{"GET", "/demo/none?acl", 404, "NoSuchKey"},
		{"PUT", "/demo/k?torrent", 501, "NotImplemented"},
		{"GET", "/demo?policy", 501, "NotImplemented"},
		{"PUT", "/demo/k?retention", 400, "MalformedXML"},
		{"GET", "/demo/k?versions", 400, "InvalidRequest"},
		{"GET", "/demo/k?uploads", 400, "InvalidRequest"},
		{"PUT", "/demo/k?uploadId=1", 405, "MethodNotAllowed"},
		{"DELETE", "/demo?lifecycle", 501, "NotImplemented"},
		{"PUT", "/demo?versioning", 400, "MalformedXML"},
		{"POST", "/demo", 412, "PreconditionFailed"},
		{"GET", "/demo/k?versionId=3", 400, "InvalidArgument"},
		{"POST", "/demo/k", 405, "MethodNotAllowed"},
		{"PATCH", "/demo/k", 405, "MethodNotAllowed"},
		{"PUT", "/", 405, "MethodNotAllowed"},
		{"GET", "/demo/k?%zz", 400, "InvalidURI"},
	}
	for _, c := range cases {
		exchange(t, fake, c.method, c.target, "<Tagging/>").wants(t, c.status, c.code)
	}
	object, ok := fake.Object("demo", "k")
	require.True(t, ok)
	require.Equal(t, "content", string(object.Content))
}

// broken is a body whose first read panics, like a bug in a handler.
type broken struct{ done bool }

func (b *broken) Read([]byte) (int, error) {
	if b.done {
		return 0, io.EOF
	}
	b.done = true
	panic("broken")
}

func TestPanicIsAnInternalError(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	got := exchangeBody(t, fake, "PUT", "/demo/k", &broken{}, 5)
	got.wants(t, 500, "InternalError")
	require.Empty(t, fake.Keys("demo"))
	require.NoError(t, fake.Put("demo", "k", nil), "no lock is left behind")
}

func TestBodyIsReadBeforeTheRefusal(t *testing.T) {
	fake := fakes3.New()
	body := strings.NewReader(strings.Repeat("x", 1<<20))
	exchangeBody(t, fake, "PUT", "/nowhere/k", body, 1<<20).wants(t, 404, "NoSuchBucket")
	require.Zero(t, body.Len())
	body = strings.NewReader(strings.Repeat("x", 1<<20))
	exchangeBody(t, fake, "PUT", "/nowhere/k", body, 1<<20, "Expect", "100-continue").wants(t, 404, "NoSuchBucket")
	require.Equal(t, 1<<20, body.Len(), "a client that asked first is told first")
}

func TestRequestWithoutABody(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "/demo/k", nil)
	require.NoError(t, err)
	var w discard
	fake.ServeHTTP(&w, r)
	require.Equal(t, 200, w.status)
	require.Equal(t, []string{"k"}, fake.Keys("demo"))
}

// discard is a client that has gone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}
func (d *discard) WriteHeader(status int)    { d.status = status }
func (d *discard) Write([]byte) (int, error) { return 0, errors.New("gone") }
