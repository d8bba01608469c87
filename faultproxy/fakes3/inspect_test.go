package fakes3_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func TestHistoryHoldsEveryCommitInOrder(t *testing.T) {
	for name, discards := range map[string]bool{"kept": false, "discarded": true} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(fakes3.Options{MinPartSize: -1, DiscardHistory: discards})
			require.NoError(t, fake.Put("demo", "k", []byte("one")))
			exchange(t, fake, "PUT", "/demo/k", "two").wants(t, 200, "")
			exchange(t, fake, "DELETE", "/demo/k", "").wants(t, 204, "")
			exchange(t, fake, "DELETE", "/demo/k", "").wants(t, 204, "")
			exchange(t, fake, "PUT", "/demo/other", "x").wants(t, 200, "")
			id := begin(t, fake, "k")
			complete(t, fake, "k", id, part(t, fake, "k", id, 1, "three")).wants(t, 200, "")
			exchange(t, fake, "PUT", "/demo/k", "four", "Content-Md5", "bad").wants(t, 400, "InvalidDigest")

			history := fake.History("demo", "k")
			require.Len(t, history, 4)
			for i, want := range []string{"one", "two", "", "three"} {
				v := history[i]
				require.Equal(t, want == "", v.Deleted)
				require.EqualValues(t, len(want), v.Size)
				if v.Deleted || discards && i < 3 {
					require.Nil(t, v.Content)
					require.Empty(t, v.SHA256)
					continue
				}
				sum := sha256.Sum256([]byte(want))
				require.Equal(t, want, string(v.Content))
				require.Equal(t, hex.EncodeToString(sum[:]), v.SHA256)
			}
			require.Equal(t, []int64{1, 2, 3, 5},
				[]int64{history[0].Seq, history[1].Seq, history[2].Seq, history[3].Seq})
			require.Equal(t, id, history[3].Upload)
			require.Equal(t, []string{"k", "other"}, fake.Touched("demo"))
		})
	}
}

func TestInspectedContentIsACopy(t *testing.T) {
	fake := fakes3.New()
	content := []byte("content")
	require.NoError(t, fake.Put("demo", "k", content))
	content[0] = 'X'
	object, _ := fake.Object("demo", "k")
	object.Content[1] = 'X'
	object.Header["Content-Type"] = "X"
	fake.History("demo", "k")[0].Content[2] = 'X'
	object, _ = fake.Object("demo", "k")
	require.Equal(t, "content", string(object.Content))
	require.Equal(t, "binary/octet-stream", object.Header["Content-Type"])
}

func TestHistoryOutlivesTheBucket(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("one")))
	exchange(t, fake, "DELETE", "/demo", "").wants(t, 409, "BucketNotEmpty")
	exchange(t, fake, "DELETE", "/demo/k", "").wants(t, 204, "")
	exchange(t, fake, "DELETE", "/demo", "").wants(t, 204, "")
	require.Empty(t, fake.Buckets())
	require.Nil(t, fake.Keys("demo"))
	exchange(t, fake, "PUT", "/demo/k", "x").wants(t, 404, "NoSuchBucket")
	require.Len(t, fake.History("demo", "k"), 2)
	exchange(t, fake, "PUT", "/demo", "").wants(t, 200, "")
	require.Empty(t, fake.Keys("demo"))
	exchange(t, fake, "PUT", "/demo/k", "two").wants(t, 200, "")
	require.Equal(t, "one", string(fake.History("demo", "k")[0].Content))
}

func TestOverwriteKeepsNoAttributes(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "one", "X-Amz-Meta-Colour", "blue", "Content-Type", "text/plain", "Cache-Control",
		"no-store",
		"X-Amz-Security-Token", "secret", "X-Amz-Storage-Class", "STANDARD").wants(t, 200, "")
	got := w.send(t, "GET", "/demo/k?response-content-type=a/b", "")
	require.Equal(t, "blue", got.Header.Get("X-Amz-Meta-Colour"))
	require.Equal(t, "a/b", got.Header.Get("Content-Type"))
	require.Empty(t, got.Header.Get("X-Amz-Security-Token"), "credentials are no metadata")
	w.send(t, "PUT", "/demo/k", "two", "X-Amz-Meta-Size", "xl").wants(t, 200, "")
	got = w.send(t, "GET", "/demo/k", "")
	require.Equal(t, "xl", got.Header.Get("X-Amz-Meta-Size"))
	require.Empty(t, got.Header.Get("X-Amz-Meta-Colour"))
	require.Empty(t, got.Header.Get("Cache-Control"))
	require.Equal(t, "binary/octet-stream", got.Header.Get("Content-Type"))
	w.send(t, "PUT", "/demo/k", "three", "X-Amz-Meta-Long", fmt.Sprintf("%02049d", 0)).wants(t, 400, "MetadataTooLarge")
}

func TestBuckets(t *testing.T) {
	for region, again := range map[string]int{"us-east-1": 200, "eu-west-1": 409} {
		fake := fakes3.NewWith(fakes3.Options{Region: region})
		for _, name := range []string{"ccc", "aaa", "bbb"} {
			exchange(t, fake, "PUT", "/"+name, "").wants(t, 200, "")
		}
		require.Equal(t, again, exchange(t, fake, "PUT", "/aaa", "").StatusCode)
		exchange(t, fake, "PUT", "/A_B", "").wants(t, 400, "InvalidBucketName")
		require.Error(t, fake.CreateBucket("x"))
		var all struct {
			Names []string `xml:"Buckets>Bucket>Name"`
		}
		got := exchange(t, fake, "GET", "/", "")
		require.NoError(t, xml.Unmarshal(got.body, &all))
		require.Equal(t, []string{"aaa", "bbb", "ccc"}, all.Names)
		require.Equal(t, region, exchange(t, fake, "HEAD", "/aaa", "").Header.Get("X-Amz-Bucket-Region"))
		require.Equal(t, 404, exchange(t, fake, "HEAD", "/ddd", "").StatusCode)
		require.Equal(t, region != "us-east-1", containsText(exchange(t, fake, "GET", "/aaa?location", ""), region))
	}
}

func containsText(a answer, text string) bool {
	var v struct {
		Text string `xml:",chardata"`
	}
	return xml.Unmarshal(a.body, &v) == nil && v.Text == text
}

func TestServerUsesVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		time.Sleep(24 * time.Hour)
		require.NoError(t, fake.Put("demo", "k", nil))
		got := exchange(t, fake, "HEAD", "/demo/k", "")
		want := start2000.Add(24 * time.Hour)
		require.Equal(t, want.Format(http.TimeFormat), got.Header.Get("Date"))
		require.Equal(t, want.Format(http.TimeFormat), got.Header.Get("Last-Modified"))
		require.True(t, want.Equal(fake.History("demo", "k")[0].At))
	})
}

func TestSameRequestsGetTheSameResponses(t *testing.T) {
	run := func() (all []string) {
		synctest.Test(t, func(t *testing.T) {
			fake := small(t)
			note := func(a answer) { all = append(all, fmt.Sprint(a.StatusCode, a.Header, string(a.body))) }
			note(exchange(t, fake, "PUT", "/demo/k", "content"))
			note(exchange(t, fake, "GET", "/demo/none", ""))
			id := begin(t, fake, "k")
			note(complete(t, fake, "k", id, part(t, fake, "k", id, 1, "x")))
			note(exchange(t, fake, "GET", "/demo?list-type=2&max-keys=1", ""))
		})
		return all
	}
	require.Equal(t, run(), run())
}

// TestReadBesideWritersReturnsAWholeValue: it runs readers beside writers, for the race detector
// and for whole values.
func TestReadBesideWritersReturnsAWholeValue(t *testing.T) {
	for _, discards := range []bool{false, true} {
		fake := fakes3.NewWith(fakes3.Options{DiscardHistory: discards})
		require.NoError(t, fake.Put("demo", "k", pattern(4096)))
		var group sync.WaitGroup
		for i := range 4 {
			group.Go(func() {
				for n := range 50 {
					body := string(pattern(1000*i + n))
					exchange(t, fake, "PUT", "/demo/k", body)
					got := exchange(t, fake, "GET", "/demo/k", "")
					if got.StatusCode != http.StatusOK || string(got.body) != string(pattern(len(got.body))) {
						t.Errorf("%d: %d bytes", got.StatusCode, len(got.body))
					}
					fake.History("demo", "k")
					fake.Keys("demo")
				}
			})
		}
		group.Wait()
		require.Len(t, fake.History("demo", "k"), 201)
	}
}

func TestObjectAttributes(t *testing.T) {
	w := serve(t, fakes3.Options{})
	put(t, w, "k", []byte("123456789"))
	out, err := w.client.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
		Bucket: aws.String("demo"), Key: aws.String("k"), ObjectAttributes: types.ObjectAttributes("").Values(),
	})
	require.NoError(t, err)
	require.EqualValues(t, 9, *out.ObjectSize)
	require.Equal(t, "y/Q5Jg==", *out.Checksum.ChecksumCRC32)
	require.Equal(t, "25f9e794323b453885f5181f1b624d0b", *out.ETag)
	require.Equal(t, types.StorageClassStandard, out.StorageClass)
	w.send(t, "GET", "/demo/k?attributes", "").wants(t, 400, "InvalidRequest")
}

func TestListedUploadsAndParts(t *testing.T) {
	w := serve(t, fakes3.Options{MinPartSize: -1})
	var want []string
	for _, key := range []string{"b", "a", "a", "d/1", "d/2", "c"} {
		want = append(want, key+" "+begin(t, w.Server, key))
	}
	want = []string{want[1], want[2], want[0], want[5], want[3], want[4]}
	var got []string
	pages := s3.NewListMultipartUploadsPaginator(w.client,
		&s3.ListMultipartUploadsInput{Bucket: aws.String("demo"), MaxUploads: aws.Int32(1)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, u := range out.Uploads {
			got = append(got, *u.Key+" "+*u.UploadId)
		}
	}
	require.Equal(t, want, got)
	var inspected []string
	for _, u := range w.Uploads("demo") {
		inspected = append(inspected, u.Key+" "+u.ID)
	}
	require.Equal(t, want, inspected)

	id := w.Uploads("demo")[0].ID
	for _, number := range []int{9, 2, 5} {
		part(t, w.Server, "a", id, number, "x")
	}
	var numbers []int32
	parts := s3.NewListPartsPaginator(w.client,
		&s3.ListPartsInput{Bucket: aws.String("demo"), Key: aws.String("a"), UploadId: &id, MaxParts: aws.Int32(1)})
	for parts.HasMorePages() {
		out, err := parts.NextPage(t.Context())
		require.NoError(t, err)
		for _, p := range out.Parts {
			numbers = append(numbers, *p.PartNumber)
		}
	}
	require.Equal(t, []int32{2, 5, 9}, numbers)
}
