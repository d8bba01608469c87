package fakes3_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func TestCopyKeepsContentAndAttributes(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	_, err := w.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("a b+c/ü"), Body: strings.NewReader("content"),
		ContentType: aws.String("text/plain"), Metadata: map[string]string{"colour": "blue"},
	})
	require.NoError(t, err)
	source := aws.String("demo/" + url.PathEscape("a b+c/ü"))
	*source = strings.ReplaceAll(*source, "+", "%2B")
	out, err := w.client.CopyObject(t.Context(),
		&s3.CopyObjectInput{Bucket: aws.String("demo"), Key: aws.String("copy"), CopySource: source})
	require.NoError(t, err)
	from, _ := w.Object("demo", "a b+c/ü")
	to, ok := w.Object("demo", "copy")
	require.True(t, ok)
	require.Equal(t, to.ETag, *out.CopyObjectResult.ETag)
	to.Modified = from.Modified
	require.Equal(t, from, to)

	_, err = w.client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("copy"), CopySource: source,
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"size": "xl"},
	})
	require.NoError(t, err)
	to, _ = w.Object("demo", "copy")
	require.Equal(t, map[string]string{"size": "xl"}, to.Metadata)
	require.Equal(t, "content", string(to.Content))
}

func TestWrongCopyIsRefused(t *testing.T) {
	cases := map[string]struct {
		source  string
		headers []string
		status  int
		code    string
	}{
		"nothing there":  {"demo/none", nil, 404, "NoSuchKey"},
		"no such bucket": {"nowhere/k", nil, 404, "NoSuchBucket"},
		"no key":         {"demo", nil, 400, "InvalidArgument"},
		"a version":      {"demo/k?versionId=3", nil, 400, "InvalidArgument"},
		"onto itself":    {"/demo/to", nil, 400, "InvalidRequest"},
		"a source that changed": {
			"demo/k",
			[]string{"X-Amz-Copy-Source-If-Match", another},
			412,
			"PreconditionFailed",
		},
		"a source that did not": {
			"demo/k",
			[]string{"X-Amz-Copy-Source-If-None-Match", etagA},
			412,
			"PreconditionFailed",
		},
		"a target that is there": {"demo/k", []string{"If-None-Match", "*"}, 412, "PreconditionFailed"},
		"a directive of no kind": {"demo/k", []string{"X-Amz-Metadata-Directive", "MOVE"}, 400, "InvalidArgument"},
		"a wrong directive onto itself": {
			"demo/to",
			[]string{"X-Amz-Tagging-Directive", "MOVE"},
			400,
			"InvalidArgument",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.New()
			require.NoError(t, fake.Put("demo", "k", []byte("a")))
			require.NoError(t, fake.Put("demo", "to", []byte("b")))
			exchange(t, fake, "PUT", "/demo/to", "", append(c.headers, "X-Amz-Copy-Source", c.source)...).wants(t,
				c.status, c.code)
			require.Len(t, fake.History("demo", "to"), 1)
		})
	}
}

func TestRedirectIsNotCopied(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	const redirect = "X-Amz-Website-Redirect-Location"
	exchange(t, fake, "PUT", "/demo/from", "a", redirect, "/old").wants(t, 200, "")
	exchange(t, fake, "PUT", "/demo/to", "", "X-Amz-Copy-Source", "demo/from").wants(t, 200, "")
	require.Empty(t, exchange(t, fake, "HEAD", "/demo/to", "").Header.Get(redirect))
	exchange(t, fake, "PUT", "/demo/to", "", "X-Amz-Copy-Source", "demo/from", redirect, "/new").wants(t, 200, "")
	require.Equal(t, "/new", exchange(t, fake, "HEAD", "/demo/to", "").Header.Get(redirect))
}

func TestPartsCopied(t *testing.T) {
	fake := small(t)
	require.NoError(t, fake.Put("demo", "from", []byte("0123456789")))
	id := begin(t, fake, "k")
	target := "/demo/k?partNumber=1&uploadId=" + id
	for _, span := range []string{"bytes=5-10", "bytes=-3", "5-6"} {
		exchange(t, fake, "PUT", target, "", "X-Amz-Copy-Source", "demo/from", "X-Amz-Copy-Source-Range", span).wants(t,
			400, "InvalidArgument")
	}
	got := exchange(t, fake, "PUT", target, "", "X-Amz-Copy-Source", "demo/from", "X-Amz-Copy-Source-Range",
		"bytes=2-4")
	got.wants(t, 200, "")
	require.Contains(t, string(got.body), "<CopyPartResult")
	tag := fake.Uploads("demo")[0].Parts[0].ETag
	complete(t, fake, "k", id, "<Part><PartNumber>1</PartNumber><ETag>"+tag+"</ETag></Part>").wants(t, 200, "")
	object, _ := fake.Object("demo", "k")
	require.Equal(t, "234", string(object.Content))
}

func TestDeleteObjects(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	for _, key := range []string{"a", "b", "c"} {
		put(t, w, key, []byte(key))
	}
	out, err := w.client.DeleteObjects(t.Context(),
		&s3.DeleteObjectsInput{Bucket: aws.String("demo"), Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{
				{Key: aws.String("a")},
				{Key: aws.String("none")},
				{Key: aws.String("b"), ETag: aws.String(another)},
			},
		}})
	require.NoError(t, err)
	require.Len(t, out.Deleted, 2, "what is not there is deleted too")
	require.Len(t, out.Errors, 1)
	require.Equal(t, "PreconditionFailed", *out.Errors[0].Code)
	require.Equal(t, []string{"b", "c"}, w.Keys("demo"))
	out, err = w.client.DeleteObjects(t.Context(),
		&s3.DeleteObjectsInput{Bucket: aws.String("demo"), Delete: &types.Delete{
			Quiet: aws.Bool(true), Objects: []types.ObjectIdentifier{{Key: aws.String("b")}},
		}})
	require.NoError(t, err)
	require.Empty(t, out.Deleted)
	require.Equal(t, []string{"c"}, w.Keys("demo"))
}

func TestDeleteObjectsWantsItsBodyProtected(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", nil))
	const document = "<Delete><Object><Key>k</Key></Object></Delete>"
	exchange(t, fake, "POST", "/demo?delete", document).wants(t, 400, "InvalidRequest")
	exchange(t, fake, "POST", "/demo?delete", document, "X-Amz-Checksum-Crc32", "AAAAAA==").wants(t, 400, "BadDigest")
	require.Equal(t, []string{"k"}, fake.Keys("demo"))
}
