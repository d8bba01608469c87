package fakes3_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// wrongSecret makes the SDK sign with the known access key and another secret.
func wrongSecret(o *s3.Options) {
	o.Credentials = credentials.NewStaticCredentialsProvider(keys.AccessKey, "another secret", "")
}

func TestUnsignedRequestPassesWhenAllowed(t *testing.T) {
	w := serve(t, fakes3.WithCredentials(keys.AccessKey, keys.SecretKey))
	w.send(t, "PUT", "/demo/k", "content").wants(t, 200, "")
	w.send(t, "GET", "/demo/k", "").wants(t, 200, "")
	other := "AWS4-HMAC-SHA256 Credential=OTHER/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
	w.send(t, "GET", "/demo/k", "", "Authorization", other).wants(t, 200, "")
}

func TestSignedRequestIsVerifiedWhenUnsignedIsAllowed(t *testing.T) {
	content := pattern(200_000)
	for name, serve := range map[string]func(*testing.T, fakes3.Options, ...func(*s3.Options)) *world{
		"http":  serve,
		"https": serveTLS,
	} {
		t.Run(name, func(t *testing.T) {
			options := fakes3.WithCredentials(keys.AccessKey, keys.SecretKey)
			w := serve(t, options)
			put(t, w, "k", content)
			require.Equal(t, content, get(t, w, "k"))

			w = serve(t, options, wrongSecret)
			_, err := w.client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("demo"), Key: aws.String("k"), Body: bytes.NewReader(content),
			})
			require.Equal(t, "SignatureDoesNotMatch", codeOf(t, err))
			require.Empty(t, w.Keys("demo"))
		})
	}
}

func TestPresignedRequestIsVerifiedWhenUnsignedIsAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		adjust func(*s3.Options)
		status int
		code   string
	}{
		"right secret": {func(*s3.Options) {}, 200, ""},
		"wrong secret": {wrongSecret, 403, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, fakes3.WithCredentials(keys.AccessKey, keys.SecretKey), c.adjust)
			w.send(t, "PUT", "/demo/k", "content").wants(t, 200, "")
			signed, err := s3.NewPresignClient(w.client).PresignGetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("k")})
			require.NoError(t, err)
			w.send(t, "GET", strings.TrimPrefix(signed.URL, w.http.URL), "").wants(t, c.status, c.code)
		})
	}
}

func TestUnverifiableSignatureOfTheKnownKeyIsRefused(t *testing.T) {
	w := serve(t, fakes3.WithCredentials(keys.AccessKey, keys.SecretKey))
	for name, c := range map[string]struct {
		target, authorization string
		status                int
		code                  string
	}{
		"version 2": {"/demo", "AWS " + keys.AccessKey + ":c2lnbmF0dXJl", 400, "InvalidRequest"},
		"version 2 query": {
			"/demo?AWSAccessKeyId=" + keys.AccessKey + "&Signature=x&Expires=1", "", 400,
			"InvalidRequest",
		},
		"no scope": {
			"/demo", "AWS4-HMAC-SHA256 Credential=" + keys.AccessKey + ", Signature=00", 400,
			"AuthorizationHeaderMalformed",
		},
		"no date": {
			"/demo",
			"AWS4-HMAC-SHA256 " +
				"Credential=" + keys.AccessKey + "/20200101/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=00",
			403, "AccessDenied",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if c.authorization != "" {
				headers = []string{"Authorization", c.authorization}
			}
			w.send(t, "GET", c.target, "", headers...).wants(t, c.status, c.code)
		})
	}
}

// The SDK's signer always sends X-Amz-Date, so this test signs by itself.
func TestSignatureMayCoverDateInsteadOfAmzDate(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	now := time.Now().UTC()
	date, host := now.Format(http.TimeFormat), strings.TrimPrefix(w.http.URL, "http://")
	scope := now.Format("20060102") + "/us-east-1/s3/aws4_request"
	const signed = "date;host;x-amz-content-sha256"
	canonical := "GET\n/demo\n\ndate:" + date + "\nhost:" + host + "\nx-amz-content-sha256:" + empty +
		"\n\n" + signed + "\n" + empty
	sum := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + now.Format("20060102T150405Z") + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + keys.SecretKey)
	for _, message := range append(strings.Split(scope, "/"), text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(message))
		key = mac.Sum(nil)
	}
	authorization := "AWS4-HMAC-SHA256 Credential=" + keys.AccessKey + "/" + scope +
		", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(key)
	w.send(t, "GET", "/demo", "", "Date", date, "X-Amz-Content-Sha256", empty, "Authorization", authorization).
		wants(t, 200, "")
}
