package sigv4_test

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

// examplePolicy is the policy of the S3 API reference, "Example: Browser-Based Upload using HTTP
// POST (Using AWS Signature Version 4)", whose lines end in CRLF.
const examplePolicy = `{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}`

var (
	exampleKeys = sigv4.Verifier{Now: time.Now, Keys: func(accessKey string) (sigv4.Key, bool) {
		key := sigv4.Key{Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
		return key, accessKey == "AKIAIOSFODNN7EXAMPLE"
	}}
	exampleFields = map[string]string{
		"policy":           base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(examplePolicy, "\n", "\r\n"))),
		"x-amz-algorithm":  "AWS4-HMAC-SHA256",
		"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
		"x-amz-date":       "20151229T000000Z",
		"x-amz-signature":  "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
	}
)

func TestFormOfTheReferenceIsVerified(t *testing.T) {
	require.NoError(t, exampleKeys.Form(exampleFields))
}

func TestWrongFormIsRefused(t *testing.T) {
	withRegion := exampleKeys
	withRegion.Region = "eu-west-1"
	for name, c := range map[string]struct {
		verifier    sigv4.Verifier
		field, text string // an empty text takes the field away
		code        s3err.Code
	}{
		"another policy": {exampleKeys, "policy", "e30=", s3err.SignatureDoesNotMatch},
		"no policy":      {exampleKeys, "policy", "", s3err.InvalidArgument},
		"no signature":   {exampleKeys, "x-amz-signature", "", s3err.InvalidArgument},
		"another key": {
			exampleKeys, "x-amz-credential", "AKIDOTHER/20151229/us-east-1/s3/aws4_request",
			s3err.InvalidAccessKeyId,
		},
		"no scope":         {exampleKeys, "x-amz-credential", "AKIAIOSFODNN7EXAMPLE", s3err.InvalidArgument},
		"another day":      {exampleKeys, "x-amz-date", "20151230T000000Z", s3err.InvalidArgument},
		"no date":          {exampleKeys, "x-amz-date", "today", s3err.InvalidArgument},
		"another region":   {withRegion, "x-amz-algorithm", "AWS4-HMAC-SHA256", s3err.InvalidArgument},
		"a token":          {exampleKeys, "x-amz-security-token", "token", s3err.InvalidToken},
		"older version":    {exampleKeys, "awsaccesskeyid", "AKIAIOSFODNN7EXAMPLE", s3err.InvalidRequest},
		"other algorithm":  {exampleKeys, "x-amz-algorithm", "AWS4-ECDSA-P256-SHA256", s3err.InvalidArgument},
		"signature is bad": {exampleKeys, "x-amz-signature", "00", s3err.SignatureDoesNotMatch},
	} {
		t.Run(name, func(t *testing.T) {
			fields := maps.Clone(exampleFields)
			fields[c.field] = c.text
			if c.text == "" {
				delete(fields, c.field)
			}
			e := s3err.As(c.verifier.Form(fields))
			require.NotNil(t, e)
			require.Equal(t, c.code, e.Code)
		})
	}
	require.Equal(t, s3err.AccessDenied, s3err.As(exampleKeys.Form(map[string]string{"key": "k"})).Code)
}
