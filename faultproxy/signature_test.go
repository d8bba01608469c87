package faultproxy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

var keys = aws.Credentials{
	AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	SessionToken: "FwoGZXIvYXdzEBYaDHqa0AP+example/token==",
}

// verifying returns a lab in front of a fake that verifies every signature.
func verifying(t *testing.T, tls bool) (*faulttest.Lab, *fakes3.Server) {
	t.Helper()
	fake := fakes3.NewWith(fakes3.Options{
		Credentials: &fakes3.Credentials{
			AccessKey: keys.AccessKeyID, SecretKey: keys.SecretAccessKey,
			SessionToken: keys.SessionToken,
		},
		BaseHosts: []string{"s3.test"},
	})
	require.NoError(t, fake.CreateBucket("demo"))
	return faulttest.LabConfig{TLS: tls}.New(t, fake), fake
}

func client(lab *faulttest.Lab, pathStyle bool) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(lab.URL()), HTTPClient: lab.HTTPClient(), UsePathStyle: pathStyle, Region: "us-east-1",
		Retryer:                    aws.NopRetryer{},
		Credentials:                credentials.StaticCredentialsProvider{Value: keys},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// everyWay runs f in a bubble for plain HTTP and TLS, path-style and virtual-hosted.
func everyWay(t *testing.T, f func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client)) {
	bothStyles(t, f, false, true)
}

// bothStyles runs f in a bubble, path-style and virtual-hosted.
func bothStyles(t *testing.T, f func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client),
	secure ...bool,
) {
	for _, tls := range secure {
		for _, pathStyle := range []bool{true, false} {
			t.Run(fmt.Sprintf("tls %v, path style %v", tls, pathStyle), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					lab, fake := verifying(t, tls)
					f(t, lab, fake, client(lab, pathStyle))
				})
			})
		}
	}
}

var signedKeys = []string{
	"plain", "a b", "a+b", "%2F", "a%2Fb", "//", "a//b/", "/lead", "semi;colon", "a;b=c", "ключ/キー", "é", "🦆",
	"a?b=c&uploads", "100%", "~-_.", "a/..", "a/../b",
	"'!*()@:,$&=", "\\", "\"<>#[]{}|^`", strings.Repeat("k", 1024), strings.Repeat("я", 512),
}

func TestSignedRequestsPassForOddKeys(t *testing.T) {
	everyWay(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		for i, key := range signedKeys {
			content := fmt.Sprintf("content %d", i)
			in := func() (*string, *string) { return aws.String("demo"), aws.String(key) }
			bucket, k := in()
			_, err := client.PutObject(t.Context(),
				&s3.PutObjectInput{
					Bucket: bucket, Key: k, Body: strings.NewReader(content),
					Metadata: map[string]string{"odd": "a  b ü"},
				})
			require.NoError(t, err, "%q", key)
			object, ok := fake.Object("demo", key)
			require.True(t, ok, "%q is not there", key)
			require.Equal(t, content, string(object.Content))
			out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: k})
			require.NoError(t, err, "%q", key)
			got, err := io.ReadAll(out.Body)
			require.NoError(t, err)
			require.NoError(t, out.Body.Close())
			require.Equal(t, content, string(got))
			_, err = client.ListObjectsV2(t.Context(),
				&s3.ListObjectsV2Input{
					Bucket: bucket, Prefix: k, StartAfter: aws.String(" "),
					Delimiter: aws.String(";"),
				})
			require.NoError(t, err, "%q", key)
			_, err = client.CopyObject(t.Context(),
				&s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String("demo/plain")})
			require.NoError(t, err)
			_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: k})
			require.NoError(t, err, "%q", key)
			if key == "plain" {
				require.NoError(t, fake.Put("demo", "plain", nil))
			}
		}
		for _, rec := range lab.Journal().Records() {
			if rec.Operation == "PutObject" || rec.Operation == "GetObject" {
				require.Contains(t, signedKeys, rec.Key)
			}
		}
	})
}

func TestPresignedURLsPass(t *testing.T) {
	everyWay(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		presign := s3.NewPresignClient(client)
		for _, key := range signedKeys {
			signed, err := presign.PresignPutObject(t.Context(),
				&s3.PutObjectInput{Bucket: aws.String("demo"), Key: aws.String(key)})
			require.NoError(t, err)
			do := func(signed *v4.PresignedHTTPRequest, body string) (int, string) {
				req, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, strings.NewReader(body))
				require.NoError(t, err)
				for name, values := range signed.SignedHeader {
					if name != "Host" {
						req.Header[name] = values
					}
				}
				resp, err := lab.HTTPClient().Do(req)
				require.NoError(t, err)
				got, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				return resp.StatusCode, string(got)
			}
			status, got := do(signed, "hello")
			require.Equal(t, 200, status, "%q: %s", key, got)
			signed, err = presign.PresignGetObject(t.Context(),
				&s3.GetObjectInput{
					Bucket: aws.String("demo"), Key: aws.String(key),
					ResponseContentType: aws.String("text/x; a=b c"),
				})
			require.NoError(t, err)
			status, got = do(signed, "")
			require.Equal(t, []any{200, "hello"}, []any{status, got}, "%q", key)
			signed.URL = strings.Replace(signed.URL, "X-Amz-Expires=900", "X-Amz-Expires=901", 1)
			status, _ = do(signed, "")
			require.Equal(t, 403, status)
		}
	})
}

// unseekable hides the Seek method of a reader.
type unseekable struct{ io.Reader }

func TestStreamingUploadsPassWithTheirTrailers(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	everyWay(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		var body io.Reader = bytes.NewReader(content)
		tls := strings.HasPrefix(lab.URL(), "https")
		if tls {
			body = unseekable{body} // without TLS the SDK refuses such a body
		}
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("demo"), Key: aws.String("k"),
			Body: body, ContentLength: aws.Int64(int64(len(content))),
		})
		require.NoError(t, err)
		object, _ := fake.Object("demo", "k")
		require.True(t, bytes.Equal(content, object.Content))
		synctest.Wait() // the record is complete a moment after the client has the response
		rec := lab.Journal().Records()[0]
		sum := sha256.Sum256(content)
		assert.Equal(t, hex.EncodeToString(sum[:]), rec.RequestSHA256)
		if tls {
			assert.Equal(t, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", rec.RequestHeader["X-Amz-Content-Sha256"])
		}

		up, err := client.CreateMultipartUpload(t.Context(),
			&s3.CreateMultipartUploadInput{Bucket: aws.String("demo"), Key: aws.String("multi")})
		require.NoError(t, err)
		_, err = client.UploadPart(t.Context(),
			&s3.UploadPartInput{
				Bucket: aws.String("demo"), Key: aws.String("multi"), UploadId: up.UploadId,
				PartNumber: aws.Int32(1), Body: bytes.NewReader(content),
			})
		require.NoError(t, err)
		_, err = client.AbortMultipartUpload(t.Context(),
			&s3.AbortMultipartUploadInput{Bucket: aws.String("demo"), Key: aws.String("multi"), UploadId: up.UploadId})
		require.NoError(t, err)
	})
}
