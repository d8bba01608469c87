package fakes3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

var keys = fakes3.Credentials{AccessKey: "AKIDEXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// world is a fake on loopback, with a client of the SDK.
type world struct {
	*fakes3.Server
	http   *httptest.Server
	client *s3.Client
}

// serve starts a fake with an empty bucket, demo.
func serve(t *testing.T, options fakes3.Options, adjust ...func(*s3.Options)) *world {
	t.Helper()
	return start(t, fakes3.NewWith(options), httptest.NewServer, adjust...)
}

// serveTLS is serve over https, where the SDK uses another framing.
func serveTLS(t *testing.T, options fakes3.Options, adjust ...func(*s3.Options)) *world {
	t.Helper()
	return start(t, fakes3.NewWith(options), httptest.NewTLSServer, adjust...)
}

func start(t *testing.T, fake *fakes3.Server, listen func(http.Handler) *httptest.Server,
	adjust ...func(*s3.Options),
) *world {
	t.Helper()
	require.NoError(t, fake.CreateBucket("demo"))
	server := listen(fake)
	t.Cleanup(server.Close)
	options := s3.Options{
		BaseEndpoint:               aws.String(server.URL),
		Region:                     "us-east-1",
		UsePathStyle:               true,
		HTTPClient:                 server.Client(),
		Retryer:                    aws.NopRetryer{},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(keys.AccessKey, keys.SecretKey, ""),
	}
	for _, f := range adjust {
		f(&options)
	}
	return &world{fake, server, s3.New(options)}
}

// answer is a response with its body.
type answer struct {
	*http.Response
	body []byte
	Code string
}

// send makes a request of its own, outside any SDK. Headers are name, value, …
func (w *world) send(t *testing.T, method, target, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.http.URL+target, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.http.Client().Do(r)
	require.NoError(t, err)
	return read(t, resp)
}

// exchange passes a request to a handler, without a network.
func exchange(t *testing.T, fake http.Handler, method, target, body string, headers ...string) answer {
	t.Helper()
	return exchangeBody(t, fake, method, target, strings.NewReader(body), int64(len(body)), headers...)
}

func exchangeBody(t *testing.T, fake http.Handler, method, target string, body io.Reader, length int64,
	headers ...string,
) answer {
	t.Helper()
	r := httptest.NewRequest(method, target, body)
	r.ContentLength = length
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	fake.ServeHTTP(recorder, r)
	return read(t, recorder.Result())
}

func read(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer{Response: resp, body: body}
	var e struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if xml.Unmarshal(body, &e) == nil {
		a.Code = e.Code
	}
	return a
}

// wants checks the status and S3 code of an answer.
func (a answer) wants(t *testing.T, status int, code string) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	require.Equal(t, code, a.Code, "%s", a.body)
}

// codeOf is the S3 error code inside an SDK error.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	return api.ErrorCode()
}

func put(t *testing.T, w *world, key string, content []byte) *s3.PutObjectOutput {
	t.Helper()
	out, err := w.client.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: aws.String("demo"), Key: aws.String(key), Body: bytes.NewReader(content),
	})
	require.NoError(t, err)
	return out
}

func get(t *testing.T, w *world, key string) []byte {
	t.Helper()
	out, err := w.client.GetObject(context.Background(),
		&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String(key)})
	require.NoError(t, err)
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return content
}

// pattern is n bytes that differ from place to place.
func pattern(n int) []byte {
	content := make([]byte, n)
	for i := range content {
		content[i] = byte(i*7 + i>>8)
	}
	return content
}

// noRedirect makes a client return the redirect itself.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// md5Of is the Content-MD5 of a body.
func md5Of(body string) string {
	sum := md5.Sum([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}
