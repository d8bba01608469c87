package fakes3_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// This file tests keys of the customer (SSE-C).

var overTLS = fakes3.Options{Scheme: "https", MinPartSize: -1}

// customer are the headers of a key that consists of one letter, for an object or for the source of
// a copy.
func customer(letter string, source bool) []string {
	prefix := "X-Amz-Server-Side-Encryption-Customer-"
	if source {
		prefix = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
	}
	key := strings.Repeat(letter, 32)
	sum := md5.Sum([]byte(key))
	encode := base64.StdEncoding.EncodeToString
	return []string{
		prefix + "Algorithm", "AES256", prefix + "Key", encode([]byte(key)), prefix + "Key-Md5", encode(sum[:]),
	}
}

func sealed(t *testing.T) *fakes3.Server {
	t.Helper()
	fake := fakes3.NewWith(overTLS)
	require.NoError(t, fake.CreateBucket("demo"))
	exchange(t, fake, "PUT", "/demo/k", "content", customer("a", false)...).wants(t, 200, "")
	return fake
}

func TestObjectWithKeyOfCustomerNeedsTheKey(t *testing.T) {
	fake := sealed(t)
	for name, c := range map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"the key":     {customer("a", false), 200, ""},
		"no key":      {nil, 400, "InvalidRequest"},
		"another key": {customer("b", false), 403, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			got := exchange(t, fake, "GET", "/demo/k", "", c.headers...)
			got.wants(t, c.status, c.code)
			require.Equal(t, c.status == 200, string(got.body) == "content")
			require.Equal(t, c.status, exchange(t, fake, "HEAD", "/demo/k", "", c.headers...).StatusCode)
			if c.status == 200 {
				require.Equal(t, c.headers[5], got.Header.Get(c.headers[4]), "the MD5 of the key")
				require.Empty(t, got.Header.Get("X-Amz-Server-Side-Encryption"))
				require.Empty(t, got.Header.Get(c.headers[2]), "the key itself")
				sum := md5.Sum([]byte("content"))
				require.NotContains(t, got.Header.Get("Etag"), hex.EncodeToString(sum[:]))
			}
		})
	}
	require.NoError(t, fake.Put("demo", "open", []byte("x")))
	exchange(t, fake, "GET", "/demo/open", "", customer("a", false)...).wants(t, 400, "InvalidRequest")
}

func TestMalformedKeyOfCustomerIsRefused(t *testing.T) {
	for name, change := range map[string]func([]string) []string{
		"algorithm":      func(h []string) []string { h[1] = "AES128"; return h },
		"without a key":  func(h []string) []string { h[3] = ""; return h },
		"without an MD5": func(h []string) []string { return h[:4] },
		"short key":      func(h []string) []string { h[3] = "AAAA"; return h },
		"no base64":      func(h []string) []string { h[3] = "*"; return h },
		"other MD5":      func(h []string) []string { h[5] = customer("b", false)[5]; return h },
		"beside AES256": func(h []string) []string {
			return append(h, "X-Amz-Server-Side-Encryption", "AES256")
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(overTLS)
			require.NoError(t, fake.CreateBucket("demo"))
			exchange(t, fake, "PUT", "/demo/k", "x", change(customer("a", false))...).wants(t, 400, "InvalidArgument")
			require.Empty(t, fake.Keys("demo"))
		})
	}
}

func TestKeyOfCustomerOverHTTPIsRefused(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	got := exchange(t, fake, "PUT", "/demo/k", "x", customer("a", false)...)
	got.wants(t, 400, "InvalidRequest")
	require.Contains(t, string(got.body), "must be made over a secure connection")
}

func TestCopyNeedsTheKeyOfItsSource(t *testing.T) {
	fake := sealed(t)
	from := []string{"X-Amz-Copy-Source", "/demo/k"}
	exchange(t, fake, "PUT", "/demo/copy", "", from...).wants(t, 400, "InvalidRequest")
	with := append(append(from, customer("a", true)...), customer("b", false)...)
	exchange(t, fake, "PUT", "/demo/copy", "", with...).wants(t, 200, "")
	got := exchange(t, fake, "GET", "/demo/copy", "", customer("b", false)...)
	got.wants(t, 200, "")
	require.Equal(t, "content", string(got.body))
	exchange(t, fake, "PUT", "/demo/open", "", append(from, customer("a", true)...)...).wants(t, 200, "")
	exchange(t, fake, "GET", "/demo/open", "").wants(t, 200, "")
}

func TestPartsNeedTheKeyOfTheirUpload(t *testing.T) {
	fake := fakes3.NewWith(overTLS)
	require.NoError(t, fake.CreateBucket("demo"))
	created := exchange(t, fake, "POST", "/demo/k?uploads", "", customer("a", false)...)
	created.wants(t, 200, "")
	part := "/demo/k?partNumber=1&uploadId=upload-000001"
	exchange(t, fake, "PUT", part, "x").wants(t, 400, "InvalidRequest")
	exchange(t, fake, "PUT", part, "x", customer("b", false)...).wants(t, 400, "InvalidArgument")
	sent := exchange(t, fake, "PUT", part, "x", customer("a", false)...)
	sent.wants(t, 200, "")
	document := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + sent.Header.Get("Etag") +
		"</ETag></Part></CompleteMultipartUpload>"
	exchange(t, fake, http.MethodPost, "/demo/k?uploadId=upload-000001", document).wants(t, 200, "")
	exchange(t, fake, "GET", "/demo/k", "").wants(t, 400, "InvalidRequest")
	exchange(t, fake, "GET", "/demo/k", "", customer("a", false)...).wants(t, 200, "")
}
