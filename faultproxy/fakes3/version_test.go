package fakes3_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func setVersioning(t *testing.T, fake *fakes3.Server, status string) {
	t.Helper()
	body := "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>"
	exchange(t, fake, "PUT", "/demo?versioning", body).wants(t, 200, "")
	require.Contains(t, string(exchange(t, fake, "GET", "/demo?versioning", "").body), "<Status>"+status+"</Status>")
}

// putVersion stores content and returns the id of its version.
func putVersion(t *testing.T, fake *fakes3.Server, key, content string) string {
	t.Helper()
	got := exchange(t, fake, "PUT", "/demo/"+key, content)
	got.wants(t, 200, "")
	return got.Header.Get("X-Amz-Version-Id")
}

func bodyOf(t *testing.T, fake *fakes3.Server, target string) string {
	t.Helper()
	got := exchange(t, fake, "GET", target, "")
	got.wants(t, 200, "")
	return string(got.body)
}

func TestEveryVersionIsKeptAndReadByItsID(t *testing.T) {
	for name, discards := range map[string]bool{"history kept": false, "history discarded": true} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(fakes3.Options{DiscardHistory: discards})
			require.NoError(t, fake.Put("demo", "k", []byte("zero")))
			require.Empty(t, exchange(t, fake, "GET", "/demo/k", "").Header.Get("X-Amz-Version-Id"))
			setVersioning(t, fake, "Enabled")
			one, two := putVersion(t, fake, "k", "one"), putVersion(t, fake, "k", "two")
			require.NotEqual(t, one, two)
			for id, want := range map[string]string{"null": "zero", one: "one", two: "two"} {
				got := exchange(t, fake, "GET", "/demo/k?versionId="+id, "")
				require.Equal(t, want, string(got.body))
				require.Equal(t, id, got.Header.Get("X-Amz-Version-Id"))
			}
			require.Equal(t, "two", bodyOf(t, fake, "/demo/k"))

			deleted := exchange(t, fake, "DELETE", "/demo/k", "")
			deleted.wants(t, 204, "")
			require.Equal(t, "true", deleted.Header.Get("X-Amz-Delete-Marker"))
			marker := deleted.Header.Get("X-Amz-Version-Id")
			gone := exchange(t, fake, "GET", "/demo/k", "")
			gone.wants(t, 404, "NoSuchKey")
			require.Equal(t, "true", gone.Header.Get("X-Amz-Delete-Marker"))
			exchange(t, fake, "GET", "/demo/k?versionId="+marker, "").wants(t, 405, "MethodNotAllowed")
			require.Empty(t, fake.Keys("demo"))
			exchange(t, fake, "DELETE", "/demo", "").wants(t, 409, "BucketNotEmpty")

			exchange(t, fake, "DELETE", "/demo/k?versionId="+marker, "").wants(t, 204, "")
			require.Equal(t, "two", bodyOf(t, fake, "/demo/k"), "without its marker the object is back")
			exchange(t, fake, "DELETE", "/demo/k?versionId="+two, "").wants(t, 204, "")
			require.Equal(t, "one", bodyOf(t, fake, "/demo/k"))
			exchange(t, fake, "GET", "/demo/k?versionId="+two, "").wants(t, 404, "NoSuchVersion")
			for _, id := range []string{one, "null"} {
				exchange(t, fake, "DELETE", "/demo/k?versionId="+id, "").wants(t, 204, "")
			}
			exchange(t, fake, "DELETE", "/demo", "").wants(t, 204, "")
		})
	}
}

func TestSuspendedBucketReplacesTheNullVersion(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	setVersioning(t, fake, "Enabled")
	one := putVersion(t, fake, "k", "one")
	setVersioning(t, fake, "Suspended")
	require.Equal(t, "null", putVersion(t, fake, "k", "two"))
	require.Equal(t, "null", putVersion(t, fake, "k", "three"))
	require.Equal(t, []string{"Version null true", "Version " + one + " false"}, versions(t, fake, ""))
	got := exchange(t, fake, "DELETE", "/demo/k", "")
	require.Equal(t, "null", got.Header.Get("X-Amz-Version-Id"))
	require.Equal(t, []string{"DeleteMarker null true", "Version " + one + " false"}, versions(t, fake, ""))
}

// versions lists the versions of a bucket in the order of the page.
func versions(t *testing.T, fake *fakes3.Server, query string) (all []string) {
	t.Helper()
	var page struct {
		Entries []struct {
			XMLName             xml.Name
			VersionId, IsLatest string
		} `xml:",any"`
	}
	require.NoError(t, xml.Unmarshal(exchange(t, fake, "GET", "/demo?versions"+query, "").body, &page))
	for _, e := range page.Entries {
		if e.VersionId != "" {
			all = append(all, e.XMLName.Local+" "+e.VersionId+" "+e.IsLatest)
		}
	}
	return all
}

func TestVersionsAreListedPageByPage(t *testing.T) {
	w := serve(t, fakes3.Options{})
	setVersioning(t, w.Server, "Enabled")
	var want []string
	for _, key := range []string{"a", "b/1", "b/2", "c"} {
		first := putVersion(t, w.Server, key, "1")
		want = append(want, key+" "+putVersion(t, w.Server, key, "2"), key+" "+first)
	}
	var got []string
	pages := s3.NewListObjectVersionsPaginator(w.client,
		&s3.ListObjectVersionsInput{Bucket: aws.String("demo"), MaxKeys: aws.Int32(1)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, v := range out.Versions {
			got = append(got, *v.Key+" "+*v.VersionId)
		}
	}
	require.Equal(t, want, got)
	out, err := w.client.ListObjectVersions(t.Context(),
		&s3.ListObjectVersionsInput{Bucket: aws.String("demo"), Delimiter: aws.String("/")})
	require.NoError(t, err)
	require.Len(t, out.Versions, 4)
	require.Equal(t, "b/", *out.CommonPrefixes[0].Prefix)
	require.Len(t, out.CommonPrefixes, 1)
}

func TestHistoryHoldsTheVersionThatADeleteUncovers(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	setVersioning(t, fake, "Enabled")
	putVersion(t, fake, "k", "one")
	two := putVersion(t, fake, "k", "two")
	exchange(t, fake, "DELETE", "/demo/k?versionId="+two, "").wants(t, 204, "")
	var states []string
	for _, v := range fake.History("demo", "k") {
		states = append(states, string(v.Content))
	}
	require.Equal(t, []string{"one", "two", "one"}, states)
}

func TestCopyAndMultiDeleteNameVersions(t *testing.T) {
	w := serve(t, fakes3.Options{})
	setVersioning(t, w.Server, "Enabled")
	one := putVersion(t, w.Server, "k", "one")
	putVersion(t, w.Server, "k", "two")
	out, err := w.client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("copy"), CopySource: aws.String("demo/k?versionId=" + one),
	})
	require.NoError(t, err)
	require.Equal(t, one, *out.CopySourceVersionId)
	require.Equal(t, []byte("one"), get(t, w, "copy"))
	deleted, err := w.client.DeleteObjects(t.Context(),
		&s3.DeleteObjectsInput{Bucket: aws.String("demo"), Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{{Key: aws.String("k"), VersionId: &one}, {Key: aws.String("copy")}},
		}})
	require.NoError(t, err)
	require.Len(t, deleted.Deleted, 2)
	require.Equal(t, one, *deleted.Deleted[0].VersionId)
	require.True(t, *deleted.Deleted[1].DeleteMarker)
	w.send(t, "PUT", "/demo/copy2", "", "X-Amz-Copy-Source",
		"demo/copy?versionId="+*deleted.Deleted[1].DeleteMarkerVersionId).
		wants(t, 400, "InvalidRequest")
}

func TestTags(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "x", "X-Amz-Tagging", "a=1&b%20c=2").wants(t, 200, "")
	require.Equal(t, "2", w.send(t, "HEAD", "/demo/k", "").Header.Get("X-Amz-Tagging-Count"))
	in := &s3.GetObjectTaggingInput{Bucket: aws.String("demo"), Key: aws.String("k")}
	out, err := w.client.GetObjectTagging(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t,
		[]types.Tag{
			{Key: aws.String("a"), Value: aws.String("1")},
			{Key: aws.String("b c"), Value: aws.String("2")},
		}, out.TagSet)
	w.send(t, "PUT", "/demo/copy", "", "X-Amz-Copy-Source", "demo/k").wants(t, 200, "")
	require.Equal(t, "2", w.send(t, "HEAD", "/demo/copy", "").Header.Get("X-Amz-Tagging-Count"))

	_, err = w.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{
		Bucket: aws.String("demo"), Key: aws.String("k"),
		Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("z"), Value: aws.String("")}}},
	})
	require.NoError(t, err)
	require.Len(t, w.History("demo", "k"), 1, "tags are no new version")
	w.send(t, "DELETE", "/demo/k?tagging", "").wants(t, 204, "")
	out, err = w.client.GetObjectTagging(t.Context(), in)
	require.NoError(t, err)
	require.Empty(t, out.TagSet)

	w.send(t, "PUT", "/demo/plain", "x", "X-Amz-Tagging", "&a&&b=1&").wants(t, 200, "")
	require.Equal(t, "2", w.send(t, "HEAD", "/demo/plain", "").Header.Get("X-Amz-Tagging-Count"))
	w.send(t, "GET", "/demo?tagging", "").wants(t, 404, "NoSuchTagSet")
	w.send(t, "PUT", "/demo?tagging",
		"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>").wants(t, 204, "")
	require.Contains(t, string(w.send(t, "GET", "/demo?tagging", "").body), "<Key>a</Key><Value>b</Value>")
}

func TestWrongTagsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ header, code string }{
		"eleven":           {"a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=", "BadRequest"},
		"twice the same":   {"a=1&a=2", "InvalidArgument"},
		"no key":           {"=1", "InvalidArgument"},
		"wrong escape":     {"a=%zz", "InvalidArgument"},
		"long key":         {strings.Repeat("k", 129) + "=v", "InvalidTag"},
		"long value":       {"k=" + strings.Repeat("v", 257), "InvalidTag"},
		"character of key": {"a%23=1", "InvalidTag"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.New()
			require.NoError(t, fake.CreateBucket("demo"))
			exchange(t, fake, "PUT", "/demo/k", "x", "X-Amz-Tagging", c.header).wants(t, 400, c.code)
			require.Empty(t, fake.Keys("demo"))
		})
	}
}
