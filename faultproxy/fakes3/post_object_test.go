package fakes3_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// postForm sends a form with fields name, value, … and a file.
func (w *world) postForm(t *testing.T, file string, fields ...string) answer {
	t.Helper()
	body, kind := formBody(t, file, fields...)
	return w.send(t, "POST", "/demo", body, "Content-Type", kind)
}

func formBody(t *testing.T, file string, fields ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, form.WriteField(fields[i], fields[i+1]))
	}
	part, err := form.CreateFormFile("file", "cat.png")
	require.NoError(t, err)
	_, err = part.Write([]byte(file))
	require.NoError(t, err)
	require.NoError(t, form.WriteField("submit", "Upload"))
	require.NoError(t, form.Close())
	return b.String(), form.FormDataContentType()
}

func TestFormStoresItsFile(t *testing.T) {
	w := serve(t, fakes3.Options{})
	got := w.postForm(t, "content", "key", "user/${filename}", "Content-Type", "image/png", "x-amz-meta-Owner", "me",
		"tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	got.wants(t, 204, "")
	require.Equal(t, `"9a0364b9e99bb480dd25e1f0284c8555"`, got.Header.Get("Etag"))
	require.Equal(t, w.http.URL+"/demo/user/cat.png", got.Header.Get("Location"))
	require.Empty(t, got.body)

	read := w.send(t, "GET", "/demo/user/cat.png", "")
	require.Equal(t, "content", string(read.body))
	require.Equal(t, "image/png", read.Header.Get("Content-Type"))
	require.Equal(t, "me", read.Header.Get("X-Amz-Meta-Owner"))
	require.Equal(t, "1", read.Header.Get("X-Amz-Tagging-Count"))
}

func TestFormIsAnsweredAsItAsks(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.http.Client().CheckRedirect = noRedirect
	w.postForm(t, "content", "key", "a b", "success_action_status", "200").wants(t, 200, "")
	w.postForm(t, "content", "key", "a b", "success_action_status", "500").wants(t, 204, "")

	got := w.postForm(t, "content", "key", "a b", "success_action_status", "201")
	got.wants(t, 201, "")
	require.Contains(t, string(got.body), "<PostResponse><Location>"+w.http.URL+"/demo/a%20b</Location>"+
		"<Bucket>demo</Bucket><Key>a b</Key><ETag>&#34;9a0364b9e99bb480dd25e1f0284c8555&#34;</ETag></PostResponse>")

	got = w.postForm(t, "content", "key", "a b", "success_action_redirect", "http://example.com/done?x=1")
	got.wants(t, 303, "")
	require.Equal(t, "http://example.com/done?bucket=demo&etag=%229a0364b9e99bb480dd25e1f0284c8555%22&key=a+b&x=1",
		got.Header.Get("Location"))
	w.postForm(t, "content", "key", "a b", "success_action_redirect", "nowhere").wants(t, 204, "")
}

func TestWrongFormStoresNothing(t *testing.T) {
	w := serve(t, fakes3.Options{})
	body, kind := formBody(t, "content", "key", "k")
	cases := map[string]struct {
		target, body, kind string
		status             int
		code               string
	}{
		"no form":        {"/demo", "content", "text/plain", 412, "PreconditionFailed"},
		"no boundary":    {"/demo", body, "multipart/form-data", 400, "MalformedPOSTRequest"},
		"wrong boundary": {"/demo", body, "multipart/form-data; boundary=x", 400, "InvalidArgument"},
		"no end":         {"/demo", body[:strings.Index(body, "content")+3], kind, 400, "MalformedPOSTRequest"},
		"no bucket":      {"/other", body, kind, 404, "NoSuchBucket"},
		"no key": {
			"/demo", strings.Replace(body, `name="key"`, `name="kex"`, 1), kind, 400,
			"InvalidArgument",
		},
		"no file": {
			"/demo", strings.Replace(body, `name="file"`, `name="filx"`, 1), kind, 400,
			"InvalidArgument",
		},
		"no name": {"/demo", strings.Replace(body, `; name="key"`, ``, 1), kind, 400, "MalformedPOSTRequest"},
		"fields too long": {
			"/demo", strings.Replace(body, "\r\nk\r\n", "\r\n"+strings.Repeat("k", 21<<10)+"\r\n", 1),
			kind, 400, "MaxPostPreDataLengthExceededError",
		},
		"key too long": {
			"/demo", strings.Replace(body, "\r\nk\r\n", "\r\n"+strings.Repeat("k", 1025)+"\r\n", 1),
			kind, 400, "KeyTooLongError",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w.send(t, "POST", c.target, c.body, "Content-Type", c.kind).wants(t, c.status, c.code)
		})
	}
	fields := map[string]struct {
		name, text string
		code       string
	}{
		"wrong sum":         {"x-amz-checksum-crc32", "AAAAAA==", "BadDigest"},
		"no sum":            {"x-amz-checksum-crc32", "x", "InvalidRequest"},
		"unknown sum":       {"x-amz-checksum-crc16", "AAA=", "InvalidRequest"},
		"public":            {"acl", "public-read", "AccessControlListNotSupported"},
		"redirect":          {"x-amz-website-redirect-location", "ftp://a", "InvalidRedirectLocation"},
		"tags":              {"tagging", "none", "MalformedXML"},
		"policy":            {"policy", "none", "InvalidPolicyDocument"},
		"storage class":     {"x-amz-storage-class", "ATTIC", "InvalidStorageClass"},
		"too much metadata": {"x-amz-meta-a", strings.Repeat("a", 3<<10), "MetadataTooLarge"},
	}
	for name, c := range fields {
		t.Run(name, func(t *testing.T) {
			w.postForm(t, "content", "key", "k", c.name, c.text).wants(t, 400, c.code)
		})
	}
	require.Empty(t, w.Keys("demo"))
}

func TestFormIsVerified(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	w.postForm(t, "content", "key", "k").wants(t, 403, "AccessDenied")
	signed := signedForm(keys.SecretKey)
	w.postForm(t, "content", signed...).wants(t, 204, "")
	w.postForm(t, "content", append(signed, "acl", "private")...).wants(t, 403, "AccessDenied")
	w.postForm(t, "content", signedForm("another secret")...).wants(t, 403, "SignatureDoesNotMatch")
	require.Equal(t, []string{"k"}, w.Keys("demo"))
}

func TestUnsignedFormPassesWhenAllowed(t *testing.T) {
	w := serve(t, fakes3.WithCredentials(keys.AccessKey, keys.SecretKey))
	w.postForm(t, "content", "key", "unsigned").wants(t, 204, "")
	w.postForm(t, "content", signedForm("another secret")...).wants(t, 403, "SignatureDoesNotMatch")
	require.Equal(t, []string{"unsigned"}, w.Keys("demo"))
}

// signedForm is the fields of a form for demo/k that is signed with a secret.
func signedForm(secret string) []string {
	now := time.Now().UTC()
	credential := keys.AccessKey + "/" + now.Format("20060102") + "/us-east-1/s3/aws4_request"
	fields := []string{
		"key", "k", "x-amz-algorithm", "AWS4-HMAC-SHA256", "x-amz-credential", credential,
		"x-amz-date", now.Format("20060102T150405Z"),
	}
	var conditions strings.Builder
	conditions.WriteString(`{"bucket": "demo"}`)
	for i := 0; i < len(fields); i += 2 {
		conditions.WriteString(`, {"` + fields[i] + `": "` + fields[i+1] + `"}`)
	}
	policy := base64.StdEncoding.EncodeToString([]byte(`{"expiration": "2999-01-01T00:00:00Z", "conditions": [` +
		conditions.String() + `]}`))
	key := []byte("AWS4" + secret)
	for _, text := range []string{now.Format("20060102"), "us-east-1", "s3", "aws4_request", policy} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		key = mac.Sum(nil)
	}
	return append(fields, "policy", policy, "x-amz-signature", hex.EncodeToString(key))
}
