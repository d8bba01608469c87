package fakes3_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// A test reads each seed as a client does: by HTTP.

func TestSeedKeepsHeadersMetadataAndTags(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Seed("demo", "a.txt", fakes3.Seed{
		Content: []byte("hello"),
		Header: map[string]string{
			"content-type": "text/plain", "Content-Encoding": "gzip", "Cache-Control": "no-store",
			"Content-Language": "de", "Content-Disposition": "inline", "Expires": "Sat, 01 Jan 2028 00:00:00 GMT",
			"x-amz-storage-class": "STANDARD_IA", "x-amz-website-redirect-location": "/b.txt",
		},
		Metadata: map[string]string{"Owner": "me"},
		Tags:     map[string]string{"team": "a", "cost": "b"},
	}))
	got := exchange(t, fake, "GET", "/demo/a.txt", "")
	got.wants(t, 200, "")
	assert.Equal(t, "hello", string(got.body))
	for name, want := range map[string]string{
		"Content-Type": "text/plain", "Content-Encoding": "gzip", "Cache-Control": "no-store",
		"Content-Language": "de", "Content-Disposition": "inline", "Expires": "Sat, 01 Jan 2028 00:00:00 GMT",
		"X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Website-Redirect-Location": "/b.txt",
		"X-Amz-Tagging-Count": "2",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	assert.Equal(t, []string{"me"}, map[string][]string(got.Header)["x-amz-meta-owner"])
	tags := exchange(t, fake, "GET", "/demo/a.txt?tagging", "")
	assert.Contains(t, string(tags.body),
		"<Tag><Key>cost</Key><Value>b</Value></Tag><Tag><Key>team</Key><Value>a</Value></Tag>")
}

func TestSeedKeepsTheChecksumThatItNames(t *testing.T) {
	sum := sha256.Sum256([]byte("hello"))
	crc := crc32.Checksum([]byte("hello"), crc32.MakeTable(crc32.Castagnoli))
	for name, want := range map[string]string{
		"sha256": base64.StdEncoding.EncodeToString(sum[:]),
		"CRC32C": base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc)),
	} {
		fake := fakes3.New()
		require.NoError(t, fake.Seed("demo", "a", fakes3.Seed{
			Content: []byte("hello"), Checksum: name, ChecksumType: "FULL_OBJECT",
		}))
		got := exchange(t, fake, "HEAD", "/demo/a", "", "x-amz-checksum-mode", "ENABLED")
		assert.Equal(t, want, got.Header.Get("x-amz-checksum-"+name))
		assert.Equal(t, "FULL_OBJECT", got.Header.Get("x-amz-checksum-type"))
	}
}

func TestSeedWithoutAChecksumHasNoneAnywhere(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Configure("demo", fakes3.BucketSettings{Versioning: "Enabled"}))
	require.NoError(t, fake.Seed("demo", "a", fakes3.Seed{Content: []byte("hello"), Checksum: fakes3.NoChecksum}))
	require.NoError(t, fake.Seed("demo", "p", fakes3.Seed{
		Content: []byte("hello"), Checksum: fakes3.NoChecksum, Parts: []int64{3, 2},
	}))
	for _, key := range []string{"a", "p"} {
		for _, target := range []string{key, key + "?partNumber=1"} {
			got := exchange(t, fake, "GET", "/demo/"+target, "", "x-amz-checksum-mode", "ENABLED")
			assert.NotEmpty(t, got.body)
			for name := range got.Header {
				assert.NotContains(t, name, "X-Amz-Checksum", target)
			}
		}
		attributes := exchange(t, fake, "GET", "/demo/"+key+"?attributes", "",
			"x-amz-object-attributes", "Checksum,ObjectParts,ObjectSize")
		attributes.wants(t, 200, "")
		assert.NotContains(t, string(attributes.body), "Checksum")
		assert.NotContains(t, string(attributes.body), "<Part>", "S3 lists no parts without a checksum")
		object, ok := fake.Object("demo", key)
		require.True(t, ok)
		assert.Empty(t, object.Checksum+object.ChecksumAlgorithm+object.ChecksumType)
	}
	for _, list := range []string{"?list-type=2", "?versions"} {
		got := exchange(t, fake, "GET", "/demo"+list, "")
		got.wants(t, 200, "")
		assert.NotContains(t, string(got.body), "Checksum")
	}
	exchange(t, fake, "PUT", "/demo/copy", "", "x-amz-copy-source", "demo/a").wants(t, 200, "")
	copied, _ := fake.Object("demo", "copy")
	assert.Equal(t, "CRC64NVME", copied.ChecksumAlgorithm, "S3 adds a checksum to the copy")
}

func TestSeedInPartsHasTheETagAndThePartsOfAnUpload(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Seed("demo", "a", fakes3.Seed{
		Content: []byte("hello world"), Parts: []int64{6, 5}, Checksum: "CRC32", ChecksumType: "COMPOSITE",
	}))
	first, second := md5.Sum([]byte("hello ")), md5.Sum([]byte("world"))
	sum := md5.Sum(append(first[:], second[:]...))
	whole := exchange(t, fake, "GET", "/demo/a", "", "x-amz-checksum-mode", "ENABLED")
	assert.Equal(t, fmt.Sprintf(`"%s-2"`, hex.EncodeToString(sum[:])), whole.Header.Get("ETag"))
	assert.Equal(t, "COMPOSITE", whole.Header.Get("x-amz-checksum-type"))
	assert.Regexp(t, `^\S{8}-2$`, whole.Header.Get("x-amz-checksum-crc32"))
	assert.Equal(t, "hello world", string(whole.body))

	part := exchange(t, fake, "GET", "/demo/a?partNumber=2", "")
	part.wants(t, http.StatusPartialContent, "")
	assert.Equal(t, "world", string(part.body))
	assert.Equal(t, "2", part.Header.Get("x-amz-mp-parts-count"))
	assert.Equal(t, "bytes 6-10/11", part.Header.Get("Content-Range"))
	exchange(t, fake, "GET", "/demo/a?partNumber=3", "").wants(t, 416, "InvalidPartNumber")
}

func TestSeedsAreVersionsOfAVersionedBucket(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Configure("demo", fakes3.BucketSettings{Versioning: "Enabled"}))
	for _, seed := range []fakes3.Seed{{Content: []byte("old")}, {Deleted: true}, {Content: []byte("new")}} {
		require.NoError(t, fake.Seed("demo", "a", seed))
	}
	require.NoError(t, fake.Configure("demo", fakes3.BucketSettings{Versioning: "Suspended"}))
	require.NoError(t, fake.Seed("demo", "gone", fakes3.Seed{Deleted: true}))

	assert.Equal(t, "new", string(exchange(t, fake, "GET", "/demo/a", "").body))
	missing := exchange(t, fake, "GET", "/demo/gone", "")
	missing.wants(t, 404, "NoSuchKey")
	assert.Equal(t, "true", missing.Header.Get("x-amz-delete-marker"))
	assert.Equal(t, "null", missing.Header.Get("x-amz-version-id"))
	list := string(exchange(t, fake, "GET", "/demo?versions", "").body)
	assert.Regexp(t, `(?s)<Version>.*<IsLatest>true.*<DeleteMarker>.*<Version>.*<DeleteMarker><Key>gone</Key>`, list)

	history := fake.History("demo", "a")
	require.Len(t, history, 3)
	assert.Equal(t, "old", string(history[0].Content))
	assert.True(t, history[1].Deleted)
}

func TestSeedUnderALockCannotBeDeleted(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Configure("demo",
		fakes3.BucketSettings{ObjectLock: true, LockMode: "GOVERNANCE", LockDays: 1}))
	require.NoError(t, fake.Seed("demo", "ruled", fakes3.Seed{}))
	require.NoError(t, fake.Seed("demo", "held", fakes3.Seed{LegalHold: true}))
	require.NoError(t, fake.Seed("demo", "kept", fakes3.Seed{
		LockMode: "COMPLIANCE", LockUntil: time.Now().Add(time.Hour),
	}))
	for _, key := range []string{"ruled", "held", "kept"} {
		id := exchange(t, fake, "HEAD", "/demo/"+key, "").Header.Get("x-amz-version-id")
		exchange(t, fake, "DELETE", "/demo/"+key+"?versionId="+id, "").wants(t, 403, "AccessDenied")
	}
}

func TestSeedRefusesWhatS3DoesNotKeep(t *testing.T) {
	many := map[string]string{}
	for i := range 11 {
		many[fmt.Sprint(i)] = ""
	}
	for _, c := range []struct {
		want string
		seed fakes3.Seed
	}{
		{"header X-Other: S3 does not keep it with an object", fakes3.Seed{Header: map[string]string{"x-other": "a"}}},
		{"InvalidStorageClass", fakes3.Seed{Header: map[string]string{"X-Amz-Storage-Class": "COLD"}}},
		{"InvalidRedirectLocation", fakes3.Seed{Header: map[string]string{"X-Amz-Website-Redirect-Location": "b"}}},
		{"MetadataTooLarge", fakes3.Seed{Metadata: map[string]string{"a": string(make([]byte, 3000))}}},
		{"Object tags cannot be greater", fakes3.Seed{Tags: many}},
		{"Checksum algorithm provided is", fakes3.Seed{Checksum: "crc16"}},
		{"COMPOSITE: want FULL_OBJECT, or", fakes3.Seed{Checksum: "CRC32", ChecksumType: "COMPOSITE"}},
		{"the object has no checksum", fakes3.Seed{Checksum: fakes3.NoChecksum, ChecksumType: "COMPOSITE"}},
		{
			"FULL_OBJECT checksum type cannot",
			fakes3.Seed{Checksum: "SHA256", ChecksumType: "FULL_OBJECT", Parts: []int64{0}},
		},
		{"part 2 has 5 bytes: want 0 to 3", fakes3.Seed{Content: []byte("hello"), Parts: []int64{2, 5}}},
		{"1 parts leave 3 bytes", fakes3.Seed{Content: []byte("hello"), Parts: []int64{2}}},
		{"Unknown wormMode directive", fakes3.Seed{LockMode: "FOREVER", LockUntil: time.Now()}},
		{"must both be supplied", fakes3.Seed{LockMode: "COMPLIANCE"}},
		{"missing Object Lock", fakes3.Seed{LegalHold: true}},
	} {
		assert.ErrorContains(t, fakes3.New().Seed("demo", "a", c.seed), c.want)
	}
	assert.ErrorContains(t, fakes3.New().Seed("demo", "", fakes3.Seed{}), "empty key")
	assert.ErrorContains(t, fakes3.New().Configure("demo", fakes3.BucketSettings{Versioning: "On"}), "MalformedXML")
	assert.ErrorContains(t, fakes3.New().Configure("demo",
		fakes3.BucketSettings{LockMode: "GOVERNANCE", LockDays: 1}), "missing Object Lock")
}

func TestArchivedObjectIsKnownButCannotBeRead(t *testing.T) {
	fake := fakes3.New()
	for _, class := range []string{"GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"} {
		require.NoError(t, fake.Seed("demo", class, fakes3.Seed{
			Content: []byte("cold"), Header: map[string]string{"X-Amz-Storage-Class": class},
		}))
	}
	for _, class := range []string{"GLACIER", "DEEP_ARCHIVE"} {
		got := exchange(t, fake, "GET", "/demo/"+class, "")
		got.wants(t, 403, "InvalidObjectState")
		assert.Contains(t, string(got.body), "<StorageClass>"+class+"</StorageClass>")
		assert.Equal(t, class, exchange(t, fake, "HEAD", "/demo/"+class, "").Header.Get("x-amz-storage-class"))
		exchange(t, fake, "PUT", "/demo/copy", "", "x-amz-copy-source", "demo/"+class).
			wants(t, 403, "ObjectNotInActiveTierError")
	}
	exchange(t, fake, "GET", "/demo/GLACIER_IR", "").wants(t, 200, "")
}
