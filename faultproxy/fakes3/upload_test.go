package fakes3_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// small is a fake whose parts may have any size, with a bucket.
func small(t *testing.T) *fakes3.Server {
	t.Helper()
	fake := fakes3.NewWith(fakes3.Options{MinPartSize: -1})
	require.NoError(t, fake.CreateBucket("demo"))
	return fake
}

func begin(t *testing.T, fake *fakes3.Server, key string, headers ...string) string {
	t.Helper()
	got := exchange(t, fake, "POST", "/demo/"+key+"?uploads", "", headers...)
	got.wants(t, 200, "")
	var created struct{ UploadId string }
	require.NoError(t, xml.Unmarshal(got.body, &created))
	return created.UploadId
}

// part uploads a part and returns its entry for a Complete.
func part(t *testing.T, fake *fakes3.Server, key, id string, number int, content string, headers ...string) string {
	t.Helper()
	got := exchange(t, fake, "PUT", fmt.Sprintf("/demo/%s?partNumber=%d&uploadId=%s", key, number, id), content,
		headers...)
	got.wants(t, 200, "")
	return fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, got.Header.Get("ETag"))
}

func complete(t *testing.T, fake *fakes3.Server, key, id, parts string, headers ...string) answer {
	t.Helper()
	return exchange(t, fake, "POST", "/demo/"+key+"?uploadId="+id,
		"<CompleteMultipartUpload>"+parts+"</CompleteMultipartUpload>", headers...)
}

func TestMultipartUpload(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k", "Content-Type", "text/plain", "X-Amz-Meta-Colour", "blue")
	require.Empty(t, fake.Keys("demo"), "no object before it is complete")
	two := part(t, fake, "k", id, 2, "second")
	part(t, fake, "k", id, 1, "to be replaced")
	one := part(t, fake, "k", id, 1, "first ")
	part(t, fake, "k", id, 7, "left out")
	sizes := map[int]int64{}
	for _, p := range fake.Uploads("demo")[0].Parts {
		sizes[p.Number] = p.Size
	}
	require.Equal(t, map[int]int64{1: 6, 2: 6, 7: 8}, sizes)

	got := complete(t, fake, "k", id, one+two)
	got.wants(t, 200, "")
	object, ok := fake.Object("demo", "k")
	require.True(t, ok)
	require.Equal(t, "first second", string(object.Content))
	require.Regexp(t, `^"[0-9a-f]{32}-2"$`, object.ETag)
	require.Contains(t, string(got.body), object.ETag[1:34])
	require.Equal(t, "text/plain", object.Header["Content-Type"])
	require.Equal(t, map[string]string{"colour": "blue"}, object.Metadata)
	require.Equal(t, 2, object.Parts)
	require.Empty(t, fake.Uploads("demo"))

	got = exchange(t, fake, "GET", "/demo/k?partNumber=2", "")
	got.wants(t, 206, "")
	require.Equal(t, "second", string(got.body))
	require.Equal(t, "bytes 6-11/12", got.Header.Get("Content-Range"))
	require.Equal(t, "2", got.Header.Get("X-Amz-Mp-Parts-Count"))
	require.Equal(t, object.ETag, got.Header.Get("ETag"))
}

func TestRepeatedCompleteCommitsOnce(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k")
	one := part(t, fake, "k", id, 1, "content")
	first := complete(t, fake, "k", id, one)
	first.wants(t, 200, "")
	again := complete(t, fake, "k", id, one)
	again.wants(t, 200, "")
	require.Equal(t, first.body, again.body)
	require.Len(t, fake.History("demo", "k"), 1)

	complete(t, fake, "k", id, one, "If-None-Match", "*").wants(t, 412, "PreconditionFailed")
	other := strings.Replace(one, "<PartNumber>1<", "<PartNumber>2<", 1)
	complete(t, fake, "k", id, other).wants(t, 404, "NoSuchUpload")
	complete(t, fake, "another", id, one).wants(t, 404, "NoSuchUpload")

	exchange(t, fake, "DELETE", "/demo/k", "").wants(t, 204, "")
	complete(t, fake, "k", id, one).wants(t, 200, "")
	require.Empty(t, fake.Keys("demo"), "an old Complete resurrects nothing")
}

func TestWrongCompleteCommitsNothing(t *testing.T) {
	cases := map[string]struct {
		parts   func(one, two string) string
		headers []string
		status  int
		code    string
	}{
		"no parts":       {func(_, _ string) string { return "" }, nil, 400, "MalformedXML"},
		"not XML":        {func(_, _ string) string { return "<Part>" }, nil, 400, "MalformedXML"},
		"out of order":   {func(one, two string) string { return two + one }, nil, 400, "InvalidPartOrder"},
		"twice the same": {func(one, _ string) string { return one + one }, nil, 400, "InvalidPartOrder"},
		"another tag": {
			func(one, _ string) string { return strings.Replace(one, "<ETag>\"", "<ETag>\"0", 1) },
			nil, 400, "InvalidPart",
		},
		"never uploaded": {
			func(one, _ string) string { return one + strings.Replace(one, ">1<", ">3<", 1) }, nil,
			400, "InvalidPart",
		},
		"another size": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Mp-Object-Size", "6"},
			400,
			"InvalidRequest",
		},
		"another checksum": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Checksum-Crc32", "AAAAAA=="},
			400, "BadDigest",
		},
		"no size": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Mp-Object-Size", "-1"},
			400,
			"InvalidRequest",
		},
		"no sum": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Checksum-Crc32", "sum"},
			400,
			"InvalidRequest",
		},
		"no sum type": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Checksum-Type", "SOME"},
			400,
			"InvalidRequest",
		},
		"another sum type": {
			func(one, _ string) string { return one },
			[]string{"X-Amz-Checksum-Type", "COMPOSITE"},
			400, "InvalidRequest",
		},
		"a key in the way": {
			func(one, _ string) string { return one },
			[]string{"If-None-Match", "*"},
			412,
			"PreconditionFailed",
		},
		"another key there": {
			func(one, _ string) string { return one },
			[]string{"If-Match", another},
			412,
			"PreconditionFailed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := small(t)
			require.NoError(t, fake.Put("demo", "k", []byte("before")))
			id := begin(t, fake, "k")
			one, two := part(t, fake, "k", id, 1, "first"), part(t, fake, "k", id, 2, "second")
			complete(t, fake, "k", id, c.parts(one, two), c.headers...).wants(t, c.status, c.code)
			require.Len(t, fake.History("demo", "k"), 1)
			require.Len(t, fake.Uploads("demo"), 1, "the upload stays open")
			complete(t, fake, "k", id, one+two).wants(t, 200, "")
		})
	}
}

func TestSmallPartsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		options     fakes3.Options
		first, last int
		code        string
	}{
		"S3's least size":     {fakes3.Options{}, 5 << 20, 1, ""},
		"a byte less":         {fakes3.Options{}, 5<<20 - 1, 1, "EntityTooSmall"},
		"only the last":       {fakes3.Options{}, 0, 1, ""},
		"a least size of 100": {fakes3.Options{MinPartSize: 100}, 100, 1, ""},
		"below it":            {fakes3.Options{MinPartSize: 100}, 99, 1, "EntityTooSmall"},
		"none":                {fakes3.Options{MinPartSize: -1}, 1, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(c.options)
			require.NoError(t, fake.CreateBucket("demo"))
			id := begin(t, fake, "k")
			var parts string
			if c.first > 0 {
				parts = part(t, fake, "k", id, 1, strings.Repeat("x", c.first))
			}
			parts += part(t, fake, "k", id, 2, strings.Repeat("x", c.last))
			got := complete(t, fake, "k", id, parts)
			require.Equal(t, c.code, got.Code)
			require.Equal(t, c.code == "", len(fake.Keys("demo")) == 1)
		})
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k")
	one := part(t, fake, "k", id, 1, "content")
	require.Len(t, fake.Uploads("demo"), 1)
	target := "/demo/k?uploadId=" + id
	exchange(t, fake, "DELETE", target, "").wants(t, 204, "")
	require.Empty(t, fake.Uploads("demo"))
	exchange(t, fake, "DELETE", target, "").wants(t, 404, "NoSuchUpload")
	exchange(t, fake, "PUT", target+"&partNumber=2", "late").wants(t, 404, "NoSuchUpload")
	exchange(t, fake, "GET", target, "").wants(t, 404, "NoSuchUpload")
	complete(t, fake, "k", id, one).wants(t, 404, "NoSuchUpload")
	require.Empty(t, fake.Uploads("demo"))
	require.Empty(t, fake.History("demo", "k"))
}

// during runs a function when its reader is first read.
type during struct {
	*bytes.Reader
	f func()
}

func (d *during) Read(p []byte) (int, error) {
	if d.f != nil {
		d.f()
		d.f = nil
	}
	return d.Reader.Read(p)
}

func TestPartAfterAbortIsRefused(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k")
	body := &during{bytes.NewReader([]byte("late")), func() {
		exchange(t, fake, "DELETE", "/demo/k?uploadId="+id, "").wants(t, 204, "")
	}}
	got := exchangeBody(t, fake, "PUT", "/demo/k?partNumber=1&uploadId="+id, body, 4)
	got.wants(t, 404, "NoSuchUpload")
	require.Empty(t, fake.Uploads("demo"))
}

func TestPartNumbers(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k")
	for _, number := range []string{"0", "-1", "10001", "x", ""} {
		exchange(t, fake, "PUT", "/demo/k?uploadId="+id+"&partNumber="+number, "x").wants(t, 400, "InvalidArgument")
	}
	part(t, fake, "k", id, 10000, "")
	exchange(t, fake, "PUT", "/demo/k?partNumber=1", "x").wants(t, 400, "InvalidArgument")
	require.Empty(t, fake.Keys("demo"), "a part without its upload is no object")
}

func TestUploadIDsAreCounted(t *testing.T) {
	ids := func() []string {
		fake := small(t)
		return []string{begin(t, fake, "a"), begin(t, fake, "b"), begin(t, fake, "a")}
	}
	require.Equal(t, ids(), ids())
	require.Len(t, map[string]bool{ids()[0]: true, ids()[1]: true, ids()[2]: true}, 3)
}

// TestChecksumsOfParts compares the checksums of nine bytes in two parts with values that other
// programs computed: the sum of the content, and the sum of the sums.
func TestChecksumsOfParts(t *testing.T) {
	for _, kind := range []types.ChecksumType{types.ChecksumTypeFullObject, types.ChecksumTypeComposite} {
		for _, algorithm := range []types.ChecksumAlgorithm{
			types.ChecksumAlgorithmCrc32,
			types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha256,
		} {
			t.Run(string(kind)+"/"+string(algorithm), func(t *testing.T) {
				w := serve(t, fakes3.Options{MinPartSize: -1, Credentials: &keys})
				created, err := w.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
					Bucket: aws.String("demo"), Key: aws.String("k"), ChecksumAlgorithm: algorithm, ChecksumType: kind,
				})
				if refused := kind == types.ChecksumTypeFullObject && algorithm == types.ChecksumAlgorithmSha256 ||
					kind == types.ChecksumTypeComposite && algorithm == types.ChecksumAlgorithmCrc64nvme; refused {
					require.Equal(t, "InvalidRequest", codeOf(t, err))
					return
				}
				require.NoError(t, err)
				var parts []types.CompletedPart
				for i, content := range []string{"12345", "6789"} {
					out, err := w.client.UploadPart(t.Context(), &s3.UploadPartInput{
						Bucket: aws.String("demo"), Key: aws.String("k"), UploadId: created.UploadId,
						PartNumber: aws.Int32(int32(i + 1)), Body: strings.NewReader(content),
						ChecksumAlgorithm: algorithm,
					})
					require.NoError(t, err)
					parts = append(parts, types.CompletedPart{
						PartNumber: aws.Int32(int32(i + 1)), ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32,
						ChecksumCRC32C: out.ChecksumCRC32C, ChecksumCRC64NVME: out.ChecksumCRC64NVME,
						ChecksumSHA256: out.ChecksumSHA256,
					})
				}
				done, err := w.client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
					Bucket: aws.String("demo"), Key: aws.String("k"), UploadId: created.UploadId,
					MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}, ChecksumType: kind,
				})
				require.NoError(t, err)
				require.Equal(t, kind, done.ChecksumType)
				object, _ := w.Object("demo", "k")
				require.Equal(t, string(kind), object.ChecksumType)
				if kind == types.ChecksumTypeFullObject {
					require.Equal(t, checkValues[sums.Named(string(algorithm)).Header], object.Checksum)
				} else {
					require.Equal(t, compositeOfNine[algorithm], object.Checksum)
				}
				require.Equal(t, "123456789", string(get(t, w, "k")), "the SDK takes it")
			})
		}
	}
}

// S3 takes the composite checksum of a Complete with its number of parts and without it
// (minio/minio#19670). minio-go sends it without.
func TestCompleteTakesACompositeWithAndWithoutItsNumberOfParts(t *testing.T) {
	whole := compositeOfNine[types.ChecksumAlgorithmCrc32]
	digest, _, _ := strings.Cut(whole, "-")
	for sum, status := range map[string]int{whole: 200, digest: 200, digest + "-3": 400, "AAAAAA==": 400} {
		fake := small(t)
		id := begin(t, fake, "k", "X-Amz-Checksum-Algorithm", "CRC32")
		var listed strings.Builder
		for i, content := range []string{"12345", "6789"} {
			own := []string{"y/U6HA==", "nbq/hw=="}[i]
			entry := part(t, fake, "k", id, i+1, content, "X-Amz-Checksum-Crc32", own)
			listed.WriteString(strings.Replace(entry, "</Part>", "<ChecksumCRC32>"+own+"</ChecksumCRC32></Part>", 1))
		}
		got := complete(t, fake, "k", id, listed.String(), "X-Amz-Checksum-Crc32", sum)
		require.Equal(t, status, got.StatusCode, sum)
	}
}

// S3 sends the sum of a part with the part if the checksum of the object is a composite. If it is
// one of the full object, a part among several has no checksum: LocalStack has recorded it on S3
// (localstack/localstack#12842). GetObjectAttributes lists the parts of a composite only
// (localstack/localstack#12764).
func TestPartShowsItsSumIfTheObjectIsAComposite(t *testing.T) {
	const crc = "X-Amz-Checksum-Crc32"
	composite := []string{"X-Amz-Checksum-Algorithm", "CRC32"}
	full := append(slices.Clone(composite), "X-Amz-Checksum-Type", "FULL_OBJECT")
	for name, c := range map[string]struct {
		headers []string // of the upload
		parts   int
		header  string // the header that holds the sum of part 1; empty: none does
		listed  bool
	}{
		"composite":                {composite, 2, crc, true},
		"composite of one":         {composite, 1, crc, true},
		"full object":              {full, 2, "", false},
		"full object in one part":  {full, 1, crc, false},
		"no algorithm":             {nil, 2, "", false},
		"no algorithm in one part": {nil, 1, "X-Amz-Checksum-Crc64nvme", false},
	} {
		t.Run(name, func(t *testing.T) {
			fake := small(t)
			id := begin(t, fake, "k", c.headers...)
			var listed strings.Builder
			for i, content := range []string{"12345", "6789"}[:c.parts] {
				sum := []string{"y/U6HA==", "nbq/hw=="}[i]
				entry := part(t, fake, "k", id, i+1, content, crc, sum)
				end := "<ChecksumCRC32>" + sum + "</ChecksumCRC32></Part>"
				listed.WriteString(strings.Replace(entry, "</Part>", end, 1))
			}
			complete(t, fake, "k", id, listed.String()).wants(t, 200, "")
			for _, method := range []string{"GET", "HEAD"} {
				got := exchange(t, fake, method, "/demo/k?partNumber=1", "", "X-Amz-Checksum-Mode", "ENABLED")
				got.wants(t, 206, "")
				for name := range got.Header {
					if strings.HasPrefix(name, "X-Amz-Checksum-") && name != "X-Amz-Checksum-Type" {
						require.Equal(t, c.header, name)
					}
				}
				if c.header == "" {
					require.Empty(t, got.Header.Get("X-Amz-Checksum-Type"))
				} else {
					require.NotEmpty(t, got.Header.Get(c.header))
				}
			}
			got := exchange(t, fake, "GET", "/demo/k?attributes", "", "X-Amz-Object-Attributes", "ObjectParts")
			got.wants(t, 200, "")
			require.Contains(t, string(got.body), fmt.Sprintf("<PartsCount>%d</PartsCount>", c.parts))
			require.Equal(t, c.listed, strings.Contains(string(got.body), "<PartNumber>"), "%s", got.body)
		})
	}
}

// S3 writes null where an upload has no checksum algorithm: versitygw has recorded it
// (versity/versitygw#1288).
func TestListPartsNamesTheChecksumOfTheUpload(t *testing.T) {
	fake := small(t)
	for _, c := range []struct {
		headers         []string
		algorithm, kind string
	}{
		{nil, "null", "null"},
		{[]string{"X-Amz-Checksum-Algorithm", "CRC32"}, "CRC32", "COMPOSITE"},
	} {
		id := begin(t, fake, "k", c.headers...)
		got := exchange(t, fake, "GET", "/demo/k?uploadId="+id, "")
		got.wants(t, 200, "")
		require.Contains(t, string(got.body), "<ChecksumAlgorithm>"+c.algorithm+"</ChecksumAlgorithm>")
		require.Contains(t, string(got.body), "<ChecksumType>"+c.kind+"</ChecksumType>")
	}
}

// compositeOfNine are the sums of the sums of "12345" and "6789".
var compositeOfNine = map[types.ChecksumAlgorithm]string{
	types.ChecksumAlgorithmCrc32:  "4zspdQ==-2",
	types.ChecksumAlgorithmCrc32c: "ZrDMrw==-2",
	types.ChecksumAlgorithmSha256: "/wiQ+jHXUUcr18tTEaeru5H1cBgrYDQGvfxkGFLzgl4=-2",
}

func TestPartWithAnotherChecksum(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k", "X-Amz-Checksum-Algorithm", "CRC32")
	target := "/demo/k?partNumber=1&uploadId=" + id
	exchange(t, fake, "PUT", target, "123456789", "X-Amz-Checksum-Sha1", checkValues["X-Amz-Checksum-Sha1"]).wants(t,
		400, "InvalidRequest")
	exchange(t, fake, "PUT", target, "123456780", "X-Amz-Checksum-Sha1", checkValues["X-Amz-Checksum-Sha1"]).wants(t,
		400, "InvalidRequest")
	exchange(t, fake, "PUT", target, "123456780", "X-Amz-Checksum-Crc32",
		checkValues["X-Amz-Checksum-Crc32"]).wants(t, 400, "BadDigest")
	require.Empty(t, fake.Uploads("demo")[0].Parts)
	exchange(t, fake, "PUT", target, "123456789").wants(t, 400, "InvalidRequest") // as S3 cannot verify the part
	require.Empty(t, fake.Uploads("demo")[0].Parts)
	one := part(t, fake, "k", id, 1, "123456789", "X-Amz-Checksum-Crc32", checkValues["X-Amz-Checksum-Crc32"])
	complete(t, fake, "k", id, one).wants(t, 400, "InvalidRequest") // a composite needs each part's sum
	one = strings.Replace(one, "</Part>", "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part>", 1)
	complete(t, fake, "k", id, strings.Replace(one, "y/Q", "y/q", 1)).wants(t, 400, "InvalidPart")
	complete(t, fake, "k", id, one).wants(t, 200, "")
}

func TestCompleteRefusesMalformedPartSums(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k", "X-Amz-Checksum-Algorithm", "CRC32", "X-Amz-Checksum-Type", "full_object")
	one := part(t, fake, "k", id, 1, "123456789")
	for elements, code := range map[string]string{
		"<ChecksumCRC32>?</ChecksumCRC32>":                                                 "InvalidArgument",
		"<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32><ChecksumCRC32C>4waSgw==</ChecksumCRC32C>": "InvalidArgument",
		"<ChecksumCRC32C>4waSgw==</ChecksumCRC32C>":                                        "BadDigest",
		"<ChecksumCRC32>4waSgw==</ChecksumCRC32>":                                          "InvalidPart",
	} {
		complete(t, fake, "k", id, strings.Replace(one, "</Part>", elements+"</Part>", 1)).wants(t, 400, code)
	}
	require.Empty(t, fake.Keys("demo"))
}
