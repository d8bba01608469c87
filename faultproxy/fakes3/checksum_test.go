package fakes3_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// The sums of "123456789", the check values of the algorithms' catalogues.
var checkValues = map[string]string{
	"X-Amz-Checksum-Crc32":     "y/Q5Jg==",
	"X-Amz-Checksum-Crc32c":    "4waSgw==",
	"X-Amz-Checksum-Crc64nvme": "rosUhgp5mIg=",
	"X-Amz-Checksum-Sha1":      "98O8HYCOBHMq32eZZczDTKeuNEE=",
	"X-Amz-Checksum-Sha256":    "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
	"X-Amz-Checksum-Md5":       "JfnnlDI7RTiF9RgfG2JNCw==",
	"X-Amz-Checksum-Sha512": "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6" +
		"z1dPuo/+hQ==",
	"X-Amz-Checksum-Xxhash64":  "jLhB20DmroM=",
	"X-Amz-Checksum-Xxhash3":   "ctyxi2ehff8=",
	"X-Amz-Checksum-Xxhash128": "MxGUd+3l3NXpcWQnaB1YYA==",
}

func TestChecksumIsVerifiedKeptAndGivenBack(t *testing.T) {
	for header, sum := range checkValues {
		t.Run(header, func(t *testing.T) {
			w := serve(t, fakes3.Options{})
			w.send(t, "PUT", "/demo/k", "123456780", header, sum).wants(t, 400, "BadDigest")
			w.send(t, "PUT", "/demo/k", "123456789", header, "AAAA").wants(t, 400, "InvalidRequest")
			require.Empty(t, w.History("demo", "k"))

			got := w.send(t, "PUT", "/demo/k", "123456789", header, sum)
			got.wants(t, 200, "")
			require.Equal(t, sum, got.Header.Get(header))
			require.Equal(t, "FULL_OBJECT", got.Header.Get("X-Amz-Checksum-Type"))

			for _, method := range []string{"GET", "HEAD"} {
				got = w.send(t, method, "/demo/k", "", "X-Amz-Checksum-Mode", "ENABLED")
				require.Equal(t, sum, got.Header.Get(header), method)
				got = w.send(t, method, "/demo/k", "")
				require.Empty(t, got.Header.Get(header), "not unless asked for")
				got = w.send(t, method, "/demo/k", "", "X-Amz-Checksum-Mode", "ENABLED", "Range", "bytes=0-3")
				require.Equal(t, 206, got.StatusCode)
				require.Empty(t, got.Header.Get(header), "a range has not the sum of the whole")
			}
		})
	}
}

func TestOtherDigestsAreVerified(t *testing.T) {
	const (
		md5    = "JfnnlDI7RTiF9RgfG2JNCw=="
		sha256 = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
	)
	cases := map[string]struct {
		header, good, bad, badCode string
		garbled, garbledCode       string
	}{
		"Content-MD5": {"Content-Md5", md5, "CY9rzUYh03PK3k6DJie09g==", "BadDigest", "rubbish", "InvalidDigest"},
		"content sha256": {
			"X-Amz-Content-Sha256", sha256, sha256[:63] + "6", "XAmzContentSHA256Mismatch", "rubbish",
			"InvalidArgument",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := serve(t, fakes3.Options{})
			w.send(t, "PUT", "/demo/k", "123456789", c.header, c.bad).wants(t, 400, c.badCode)
			w.send(t, "PUT", "/demo/k", "123456789", c.header, c.garbled).wants(t, 400, c.garbledCode)
			require.Empty(t, w.History("demo", "k"))
			w.send(t, "PUT", "/demo/k", "123456789", c.header, c.good).wants(t, 200, "")
		})
	}
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "x", "Content-Md5", "").wants(t, 400, "InvalidDigest")
}

func TestOneChecksumOnly(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "123456789",
		"X-Amz-Checksum-Crc32", checkValues["X-Amz-Checksum-Crc32"],
		"X-Amz-Checksum-Sha1", checkValues["X-Amz-Checksum-Sha1"]).wants(t, 400, "InvalidRequest")
	w.send(t, "PUT", "/demo/k", "123456789", "X-Amz-Sdk-Checksum-Algorithm", "CRC32").wants(t, 400, "InvalidRequest")
	w.send(t, "PUT", "/demo/k", "123456789", "X-Amz-Sdk-Checksum-Algorithm", "SHA1",
		"X-Amz-Checksum-Crc32", checkValues["X-Amz-Checksum-Crc32"]).wants(t, 400, "InvalidRequest")
	w.send(t, "PUT", "/demo/k", "123456789", "X-Amz-Checksum-Crc32", "").wants(t, 400, "InvalidRequest")
	w.send(t, "PUT", "/demo/k", "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
		"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length", "9",
		"X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Checksum-Crc32", "y/Q5Jg==").wants(t, 400, "InvalidRequest")
	require.Empty(t, w.Keys("demo"))
}

// S3 refuses a wrong payload before it looks for the bucket.
func TestPayloadOfARequestWithoutBodyIsVerified(t *testing.T) {
	w := serve(t, fakes3.Options{})
	sum := "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
	w.send(t, "GET", "/nowhere", "", "X-Amz-Content-Sha256", sum).wants(t, 400, "XAmzContentSHA256Mismatch")
	w.send(t, "DELETE", "/demo/k", "", "X-Amz-Content-Sha256", sum).wants(t, 400, "XAmzContentSHA256Mismatch")
	w.send(t, "DELETE", "/demo/k", "123456789", "X-Amz-Content-Sha256", sum).wants(t, 204, "")
	w.send(t, "PUT", "/nowhere?tagging", "<Tagging/>", "X-Amz-Content-Sha256", sum).
		wants(t, 400, "XAmzContentSHA256Mismatch")
}

func TestWithoutAChecksumS3ComputesOne(t *testing.T) {
	w := serve(t, fakes3.Options{})
	got := w.send(t, "PUT", "/demo/k", "123456789")
	require.Equal(t, "rosUhgp5mIg=", got.Header.Get("X-Amz-Checksum-Crc64nvme"))
}

func TestSDKValidatesEveryAlgorithm(t *testing.T) {
	content := pattern(100_000)
	for _, serve := range []func(*testing.T, fakes3.Options, ...func(*s3.Options)) *world{serve, serveTLS} {
		w := serve(t, fakes3.Options{Credentials: &keys})
		for _, algorithm := range types.ChecksumAlgorithm("").Values() {
			if !slices.Contains([]string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}, string(algorithm)) {
				continue // the SDK cannot compute it
			}
			_, err := w.client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("demo"), Key: aws.String("k"), Body: bytes.NewReader(content),
				ChecksumAlgorithm: algorithm,
			})
			require.NoError(t, err, algorithm)
			out, err := w.client.GetObject(t.Context(), &s3.GetObjectInput{
				Bucket: aws.String("demo"), Key: aws.String("k"), ChecksumMode: types.ChecksumModeEnabled,
			})
			require.NoError(t, err, algorithm)
			got, err := io.ReadAll(out.Body)
			require.NoError(t, err, algorithm)
			require.NoError(t, out.Body.Close())
			require.Equal(t, content, got)
			object, _ := w.Object("demo", "k")
			require.Equal(t, string(algorithm), object.ChecksumAlgorithm)
		}
	}
}
