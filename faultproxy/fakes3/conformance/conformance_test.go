package conformance_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
)

// differences says which check another server does not pass, and why that is no fault of the check.
// The README repeats it.
var differences = map[string]map[string]string{
	"versitygw": {
		"a continuation token of the client's own is refused": "versitygw takes any key as a token; S3's tokens " +
			"are opaque",
		"an unknown access key is refused": "versitygw answers 404 XAdminUserNotFound where " +
			"its only user is the root user",
		"an object in one part shows the sum of the part": "versitygw sends the checksum of the object with " +
			"its only part",
		"parts in the wrong order are refused before their size": "versitygw looks at a part's size before the " +
			"next part's number",
	},
}

// checks are the behaviours, each from the S3 API reference or user guide.
var checks = map[string]func(*testing.T, *bucket){
	"the SDK reads what it wrote": func(t *testing.T, b *bucket) {
		content := bytes.Repeat([]byte("0123456789"), 20_000)
		b.put(t, "dir/a b+c", content)
		require.Equal(t, content, b.get(t, "dir/a b+c"))
		b.put(t, "empty", nil)
		require.Empty(t, b.get(t, "empty"))
	},
	"what is not there is 404": func(t *testing.T, b *bucket) {
		b.raw(t, "GET", "/none", "").is(t, 404, "NoSuchKey")
		require.Equal(t, 404, b.raw(t, "HEAD", "/none", "").StatusCode)
		b.raw(t, "DELETE", "/none", "").is(t, 204, "")
		b.raw(t, "GET", "/none?uploadId=none", "").is(t, 404, "NoSuchUpload")
	},
	"corrupt content is refused": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "123456780", "X-Amz-Checksum-Crc32", "y/Q5Jg==").is(t, 400, "BadDigest")
		b.raw(t, "PUT", "/k", "123456780", "Content-Md5", "JfnnlDI7RTiF9RgfG2JNCw==").is(t, 400, "BadDigest")
		b.raw(t, "PUT", "/k", "123456789", "X-Amz-Checksum-Crc16", "AAA=").is(t, 400, "InvalidRequest")
		b.raw(t, "GET", "/k", "").is(t, 404, "NoSuchKey")
	},
	"a checksum is given back": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "123456789", "X-Amz-Checksum-Sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=").is(t, 200, "")
		got := b.raw(t, "GET", "/k", "", "X-Amz-Checksum-Mode", "ENABLED").is(t, 200, "")
		require.Equal(t, "98O8HYCOBHMq32eZZczDTKeuNEE=", got.Header.Get("X-Amz-Checksum-Sha1"))
	},
	"ranges": func(t *testing.T, b *bucket) {
		b.put(t, "k", []byte("0123456789"))
		for header, want := range map[string]string{
			"bytes=2-4": "234", "bytes=8-": "89", "bytes=-3": "789",
			"bytes=8-99": "89",
		} {
			got := b.raw(t, "GET", "/k", "", "Range", header).is(t, 206, "")
			require.Equal(t, want, string(got.body), header)
		}
		b.raw(t, "GET", "/k", "", "Range", "bytes=10-").is(t, 416, "InvalidRange")
	},
	"conditional reads": func(t *testing.T, b *bucket) {
		tag := *b.put(t, "k", []byte("x")).ETag
		b.raw(t, "GET", "/k", "", "If-Match", tag).is(t, 200, "")
		b.raw(t, "GET", "/k", "", "If-Match", `"0"`).is(t, 412, "PreconditionFailed")
		b.raw(t, "GET", "/k", "", "If-None-Match", tag).is(t, 304, "")
		b.raw(t, "GET", "/k", "", "If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT").is(t, 200, "")
	},
	"conditional writes": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "1", "If-None-Match", "*").is(t, 200, "")
		b.raw(t, "PUT", "/k", "2", "If-None-Match", "*").is(t, 412, "PreconditionFailed")
		b.raw(t, "PUT", "/k", "3", "If-Match", `"0"`).is(t, 412, "PreconditionFailed")
		require.Equal(t, "1", string(b.get(t, "k")))
	},
	"metadata": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "x", "X-Amz-Meta-Colour", "blue", "Content-Type", "text/plain", "Cache-Control",
			"no-store").is(t, 200, "")
		got := b.raw(t, "HEAD", "/k", "")
		require.Equal(t, "blue", got.Header.Get("X-Amz-Meta-Colour"))
		require.Equal(t, "text/plain", got.Header.Get("Content-Type"))
		require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
		b.put(t, "k", []byte("y"))
		require.Empty(t, b.raw(t, "HEAD", "/k", "").Header.Get("X-Amz-Meta-Colour"))
	},
	"listing with a delimiter in pages": func(t *testing.T, b *bucket) {
		for _, key := range []string{"a", "b/1", "b/2", "c/1", "d"} {
			b.put(t, key, nil)
		}
		var got []string
		pages := s3.NewListObjectsV2Paginator(b.sdk,
			&s3.ListObjectsV2Input{Bucket: &b.name, Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 1, *page.KeyCount)
			for _, object := range page.Contents {
				got = append(got, *object.Key)
			}
			for _, prefix := range page.CommonPrefixes {
				got = append(got, *prefix.Prefix)
			}
		}
		require.Equal(t, []string{"a", "b/", "c/", "d"}, got)
	},
	"a continuation token of the client's own is refused": func(t *testing.T, b *bucket) {
		b.raw(t, "GET", "?list-type=2&continuation-token=none", "").is(t, 400, "InvalidArgument")
	},
	"multipart upload": func(t *testing.T, b *bucket) {
		content := bytes.Repeat([]byte("0123456789"), 600_000)
		created, err := b.sdk.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket: &b.name, Key: aws.String("k"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		})
		require.NoError(t, err)
		var parts []types.CompletedPart
		for i, piece := range [][]byte{content[:5<<20], content[5<<20:]} {
			number := aws.Int32(int32(i + 1))
			part, err := b.sdk.UploadPart(t.Context(), &s3.UploadPartInput{
				Bucket: &b.name, Key: aws.String("k"), UploadId: created.UploadId, PartNumber: number,
				Body: bytes.NewReader(piece),
			})
			require.NoError(t, err)
			parts = append(parts,
				types.CompletedPart{PartNumber: number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
		}
		b.raw(t, "GET", "/k", "").is(t, 404, "NoSuchKey")
		done, err := b.sdk.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: &b.name, Key: aws.String("k"), UploadId: created.UploadId,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(*done.ETag, `-2"`), *done.ETag)
		require.Equal(t, content, b.get(t, "k"))
		second := b.raw(t, "GET", "/k?partNumber=2", "").is(t, 206, "")
		require.Equal(t, content[5<<20:], second.body)
		require.Equal(t, "2", second.Header.Get("X-Amz-Mp-Parts-Count"))
	},
	"a key that leaves the bucket is refused": func(t *testing.T, b *bucket) {
		for _, key := range []string{"/..", "/../x", "/a/../../x"} {
			require.Equal(t, 400, b.raw(t, "PUT", key, "x").StatusCode, key)
			require.Equal(t, 400, b.raw(t, "GET", key, "").StatusCode, key)
		}
		b.put(t, "a/../x", nil)
	},
	"an object in one part shows the sum of the part": func(t *testing.T, b *bucket) {
		const want = "y/Q5Jg=="
		for _, kind := range []string{"COMPOSITE", "FULL_OBJECT"} {
			var created struct{ UploadId string }
			begun := b.raw(t, "POST", "/k?uploads", "", "X-Amz-Checksum-Algorithm", "CRC32",
				"X-Amz-Checksum-Type", kind)
			require.NoError(t, xml.Unmarshal(begun.is(t, 200, "").body, &created))
			target := "/k?uploadId=" + created.UploadId
			put := b.raw(t, "PUT", target+"&partNumber=1", "123456789", "X-Amz-Checksum-Crc32", want).is(t, 200, "")
			part := fmt.Sprintf("<PartNumber>1</PartNumber><ETag>%s</ETag><ChecksumCRC32>%s</ChecksumCRC32>",
				put.Header.Get("ETag"), want)
			b.raw(t, "POST", target, "<CompleteMultipartUpload><Part>"+part+"</Part></CompleteMultipartUpload>").
				is(t, 200, "")
			got := b.raw(t, "HEAD", "/k?partNumber=1", "", "X-Amz-Checksum-Mode", "ENABLED").is(t, 206, "")
			require.Equal(t, want, got.Header.Get("X-Amz-Checksum-Crc32"), kind)
		}
	},
	"parts that are refused": func(t *testing.T, b *bucket) {
		var created struct{ UploadId string }
		require.NoError(t, xml.Unmarshal(b.raw(t, "POST", "/k?uploads", "").is(t, 200, "").body, &created))
		target := "/k?uploadId=" + created.UploadId
		tags := make([]string, 2)
		for i := range tags {
			put := b.raw(t, "PUT", fmt.Sprintf("%s&partNumber=%d", target, i+1), "small").is(t, 200, "")
			tags[i] = put.Header.Get("ETag")
		}
		entry := func(n int, tag string) string {
			return fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n, tag)
		}
		for parts, code := range map[string]string{
			entry(1, tags[0]) + entry(2, tags[1]): "EntityTooSmall",
			entry(3, tags[0]):                     "InvalidPart",
			entry(1, `"0"`):                       "InvalidPart",
			"":                                    "MalformedXML",
		} {
			b.raw(t, "POST", target, "<CompleteMultipartUpload>"+parts+"</CompleteMultipartUpload>").is(t, 400, code)
		}
		b.raw(t, "PUT", target+"&partNumber=0", "x").is(t, 400, "InvalidArgument")
		b.raw(t, "DELETE", target, "").is(t, 204, "")
		b.raw(t, "PUT", target+"&partNumber=1", "x").is(t, 404, "NoSuchUpload")
	},
	"parts in the wrong order are refused before their size": func(t *testing.T, b *bucket) {
		var created struct{ UploadId string }
		require.NoError(t, xml.Unmarshal(b.raw(t, "POST", "/k?uploads", "").is(t, 200, "").body, &created))
		target := "/k?uploadId=" + created.UploadId
		var parts strings.Builder
		for _, number := range []int{2, 1} {
			put := b.raw(t, "PUT", fmt.Sprintf("%s&partNumber=%d", target, number), "small").is(t, 200, "")
			tag := put.Header.Get("ETag")
			parts.WriteString(fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, tag))
		}
		b.raw(t, "POST", target, "<CompleteMultipartUpload>"+parts.String()+"</CompleteMultipartUpload>").is(t, 400,
			"InvalidPartOrder")
	},
	"copies": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "content", "X-Amz-Meta-Colour", "blue").is(t, 200, "")
		b.raw(t, "PUT", "/copy", "", "X-Amz-Copy-Source", b.name+"/k").is(t, 200, "")
		got := b.raw(t, "GET", "/copy", "").is(t, 200, "")
		require.Equal(t, "content", string(got.body))
		require.Equal(t, "blue", got.Header.Get("X-Amz-Meta-Colour"))
		b.raw(t, "PUT", "/k", "", "X-Amz-Copy-Source", b.name+"/k").is(t, 400, "InvalidRequest")
		b.raw(t, "PUT", "/copy", "", "X-Amz-Copy-Source", b.name+"/none").is(t, 404, "NoSuchKey")
	},
	"many objects are deleted at once": func(t *testing.T, b *bucket) {
		b.put(t, "a", nil)
		out, err := b.sdk.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{{Key: aws.String("a")}, {Key: aws.String("none")}},
		}})
		require.NoError(t, err)
		require.Len(t, out.Deleted, 2)
		b.raw(t, "GET", "/a", "").is(t, 404, "NoSuchKey")
	},
	"versions": func(t *testing.T, b *bucket) {
		_, err := b.sdk.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket:                  &b.name,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		})
		require.NoError(t, err)
		one, two := *b.put(t, "k", []byte("one")).VersionId, *b.put(t, "k", []byte("two")).VersionId
		require.NotEqual(t, one, two)
		require.Equal(t, "one", string(b.raw(t, "GET", "/k?versionId="+one, "").is(t, 200, "").body))
		marker := b.raw(t, "DELETE", "/k", "").is(t, 204, "")
		require.Equal(t, "true", marker.Header.Get("X-Amz-Delete-Marker"))
		b.raw(t, "GET", "/k", "").is(t, 404, "NoSuchKey")
		b.raw(t, "GET", "/k?versionId="+marker.Header.Get("X-Amz-Version-Id"), "").is(t, 405, "MethodNotAllowed")
		list, err := b.sdk.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &b.name})
		require.NoError(t, err)
		require.Len(t, list.Versions, 2)
		require.Equal(t, two, *list.Versions[0].VersionId, "the newest first")
		require.Len(t, list.DeleteMarkers, 1)
	},
	"tags": func(t *testing.T, b *bucket) {
		b.raw(t, "PUT", "/k", "x", "X-Amz-Tagging", "a=1&b=2").is(t, 200, "")
		out, err := b.sdk.GetObjectTagging(t.Context(),
			&s3.GetObjectTaggingInput{Bucket: &b.name, Key: aws.String("k")})
		require.NoError(t, err)
		require.Len(t, out.TagSet, 2)
		b.raw(t, "DELETE", "/k?tagging", "").is(t, 204, "")
		b.raw(t, "GET", "?tagging", "").is(t, 404, "NoSuchTagSet")
		b.raw(t, "PUT", "/k", "x", "X-Amz-Tagging", "a=1&a=2").is(t, 400, "InvalidArgument")
	},
	"a wrong signature is refused": func(t *testing.T, b *bucket) {
		wrong := *b
		wrong.secret = "another"
		wrong.raw(t, "GET", "", "").is(t, 403, "SignatureDoesNotMatch")
	},
	"an unknown access key is refused": func(t *testing.T, b *bucket) {
		wrong := *b
		wrong.access = "AKIAUNKNOWN"
		wrong.raw(t, "GET", "", "").is(t, 403, "InvalidAccessKeyId")
	},
	"a bucket that is not empty stays": func(t *testing.T, b *bucket) {
		b.put(t, "k", nil)
		b.raw(t, "DELETE", "", "").is(t, 409, "BucketNotEmpty")
	},
}

func TestServerBehavesAsS3(t *testing.T) {
	for _, s := range servers(t) {
		for name, check := range checks {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				if reason := differences[s.name][name]; reason != "" {
					t.Skip(reason)
				}
				check(t, s.newBucket(t))
			})
		}
	}
}
