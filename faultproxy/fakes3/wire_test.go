package fakes3_test

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// raw sends bytes over a connection and reads one final response.
func raw(t *testing.T, w *world, request string) answer {
	t.Helper()
	head, a := rawHead(t, w, request)
	_ = head
	return a
}

// rawHead is raw that also returns the status lines and headers as they came.
func rawHead(t *testing.T, w *world, request string) (string, answer) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.http.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	var seen bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &seen))
	for {
		resp, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		if resp.StatusCode >= http.StatusOK {
			a := read(t, resp)
			return seen.String(), a
		}
	}
}

func TestMetadataNamesAreLowerCaseOnTheWire(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "x", "X-Amz-Meta-MyKey", "value").wants(t, 200, "")
	head, _ := rawHead(t, w, "GET /demo/k HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Contains(t, head, "\r\nx-amz-meta-mykey: value\r\n")
}

// botocore waits a second for a 100 that does not come.
func TestExpectOfEmptyBodyGetsContinue(t *testing.T) {
	w := serve(t, fakes3.Options{})
	for _, request := range []string{"PUT /demo/k", "GET /demo"} {
		head, _ := rawHead(t, w, request+" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
		require.True(t, strings.HasPrefix(head, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"), "%s: %s", request, head)
	}
	head, _ := rawHead(t, w, "PUT /demo/k HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	require.True(t, strings.HasPrefix(head, "HTTP/1.1 200"), "%s", head)
}

// A client that waits for 100 sends its body later: the server sends 100 when it reads.
func TestExpectOfBodyGetsContinue(t *testing.T) {
	w := serve(t, fakes3.Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.http.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn,
		"PUT /demo/k HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, resp.StatusCode)
	_, err = io.WriteString(conn, "hello")
	require.NoError(t, err)
	resp, err = http.ReadResponse(reader, nil)
	require.NoError(t, err)
	read(t, resp).wants(t, 200, "")
	require.Equal(t, "hello", string(get(t, w, "k")))
}

func TestUnknownTrailerIsRefused(t *testing.T) {
	w := serve(t, fakes3.Options{})
	headers := append(streaming(5), "X-Amz-Trailer", "x-amz-checksum-crc16")
	w.send(t, "PUT", "/demo/k", "5\r\nhello\r\n0\r\nx-amz-checksum-crc16:AAA=\r\n\r\n", headers...).
		wants(t, 400, "InvalidRequest")
	require.Empty(t, w.Keys("demo"))
}

// minio-go ends the lines of a trailer in LF CRLF, and S3 accepts that.
func TestTrailerLinesMayEndInLineFeedCRLF(t *testing.T) {
	const sum = "x-amz-checksum-crc32:NhCmhg=="
	for name, trailer := range map[string]string{
		"CRLF":                 sum + "\r\n\r\n",
		"LF CRLF":              sum + "\n\r\n",
		"LF CRLF and the last": sum + "\n\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, fakes3.Options{})
			w.send(t, "PUT", "/demo/k", "5\r\nhello\r\n0\r\n"+trailer, streaming(5)...).wants(t, 200, "")
			require.Equal(t, []byte("hello"), get(t, w, "k"))
		})
	}
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "5\r\nhello\r\n0\r\n"+sum+"\n", streaming(5)...).wants(t, 400, "IncompleteBody")
}

func TestPresignedQueryCountsAsHeaders(t *testing.T) {
	w := serve(t, fakes3.Options{Credentials: &keys})
	signed, err := s3.NewPresignClient(w.client).PresignPutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("demo"), Key: aws.String("k"), Metadata: map[string]string{"colour": "blue"},
		StorageClass: "STANDARD_IA", Tagging: aws.String("a=b"),
	}, func(o *s3.PresignOptions) {})
	require.NoError(t, err)
	require.Contains(t, strings.ToLower(signed.URL), "x-amz-")
	var headers []string
	for name, values := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			headers = append(headers, name, values[0])
		}
	}
	w.send(t, "PUT", strings.TrimPrefix(signed.URL, w.http.URL), "", headers...).wants(t, 200, "")
	object, ok := w.Object("demo", "k")
	require.True(t, ok)
	require.Equal(t, "blue", object.Metadata["colour"])
	require.Equal(t, "STANDARD_IA", object.Header["X-Amz-Storage-Class"])

	plain := serve(t, fakes3.Options{})
	target := "/demo/k?X-Amz-Signature=0&x-amz-meta-size=xl&x-amz-checksum-crc32=AAAAAA%3D%3D"
	plain.send(t, "PUT", target, "123456789").wants(t, 400, "BadDigest")
	plain.send(t, "PUT", strings.Replace(target, "AAAAAA", "y%2FQ5Jg", 1), "123456789").wants(t, 200, "")
	object, _ = plain.Object("demo", "k")
	require.Equal(t, map[string]string{"size": "xl"}, object.Metadata)
}

func TestPartCopyNeedsNoMemoryForItsContent(t *testing.T) {
	const size = 8 << 20
	for name, discards := range map[string]bool{"history kept": false, "history discarded": true} {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(fakes3.Options{DiscardHistory: discards})
			require.NoError(t, fake.Put("demo", "source", pattern(size)))
			id := begin(t, fake, "k")
			target := fmt.Sprintf("/demo/k?partNumber=1&uploadId=%s", id)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			exchange(t, fake, "PUT", target, "", "X-Amz-Copy-Source", "demo/source",
				"X-Amz-Copy-Source-Range", fmt.Sprintf("bytes=1-%d", size-1)).wants(t, 200, "")
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))

			// The upload keeps the copied bytes when their source is overwritten and deleted.
			require.NoError(t, fake.Put("demo", "source", []byte("another")))
			exchange(t, fake, "DELETE", "/demo/source", "").wants(t, 204, "")
			parts := listedTags(t, fake, "k", id)
			complete(t, fake, "k", id, parts).wants(t, 200, "")
			object, _ := fake.Object("demo", "k")
			require.Equal(t, pattern(size)[1:], object.Content)
		})
	}
}

// The memory of a copy depends neither on the size of its source nor on the range.
func TestPartsOfALargeObjectAreCopiedInConstantMemory(t *testing.T) {
	const size = 100 << 20
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "source", make([]byte, size)))
	for _, algorithm := range []string{"", "CRC32C"} {
		var headers []string
		if algorithm != "" {
			headers = []string{"X-Amz-Checksum-Algorithm", algorithm}
		}
		id := begin(t, fake, "k", headers...)
		first := random.Int64N(size / 2)
		last := first + random.Int64N(size-first)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		exchange(t, fake, "PUT", "/demo/k?partNumber=1&uploadId="+id, "", "X-Amz-Copy-Source", "demo/source",
			"X-Amz-Copy-Source-Range", fmt.Sprintf("bytes=%d-%d", first, last)).wants(t, 200, "")
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes %d-%d, seed %d", first, last, seed)
	}
}

// listedTags is the body of a Complete that takes every part there is.
func listedTags(t *testing.T, fake *fakes3.Server, key, id string) (entries string) {
	t.Helper()
	for _, u := range fake.Uploads("demo") {
		for _, p := range u.Parts {
			require.Equal(t, key+id, u.Key+u.ID)
			entries += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", p.Number, p.ETag)
		}
	}
	return entries
}

func TestPartIsReadWithItsChecksum(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k", "X-Amz-Checksum-Algorithm", "CRC32")
	one := part(t, fake, "k", id, 1, "123456789", "X-Amz-Checksum-Crc32", "y/Q5Jg==")
	one = strings.Replace(one, "</Part>", "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part>", 1)
	complete(t, fake, "k", id, one).wants(t, 200, "")
	for _, method := range []string{"GET", "HEAD"} {
		got := exchange(t, fake, method, "/demo/k?partNumber=1", "", "X-Amz-Checksum-Mode", "ENABLED")
		require.Equal(t, 206, got.StatusCode)
		require.Equal(t, "y/Q5Jg==", got.Header.Get("X-Amz-Checksum-Crc32"), method)
	}
}

func TestListingTimesAreWholeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		time.Sleep(1500 * time.Millisecond)
		require.NoError(t, fake.Put("demo", "k", nil))
		got := exchange(t, fake, "GET", "/demo?list-type=2", "")
		require.Contains(t, string(got.body), "<LastModified>2000-01-01T00:00:01.000Z</LastModified>")
	})
}

func TestObjectAttributesArePaged(t *testing.T) {
	fake := small(t)
	id := begin(t, fake, "k", "X-Amz-Checksum-Algorithm", "CRC32")
	var parts strings.Builder
	for i := range 3 {
		entry := part(t, fake, "k", id, i+1, "123456789", "X-Amz-Checksum-Crc32", "y/Q5Jg==")
		parts.WriteString(strings.Replace(entry, "</Part>", "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part>", 1))
	}
	complete(t, fake, "k", id, parts.String()).wants(t, 200, "")
	var page struct {
		IsTruncated                            bool  `xml:"ObjectParts>IsTruncated"`
		Numbers                                []int `xml:"ObjectParts>Part>PartNumber"`
		PartNumberMarker, NextMarker, MaxParts int
		Next                                   int `xml:"ObjectParts>NextPartNumberMarker"`
	}
	got := exchange(t, fake, "GET", "/demo/k?attributes", "", "X-Amz-Object-Attributes", "ObjectParts",
		"X-Amz-Max-Parts", "2")
	require.NoError(t, xml.Unmarshal(got.body, &page))
	require.True(t, page.IsTruncated)
	require.Equal(t, []int{1, 2}, page.Numbers)
	require.Equal(t, 2, page.Next)
	page.Numbers = nil
	got = exchange(t, fake, "GET", "/demo/k?attributes", "", "X-Amz-Object-Attributes", "ObjectParts",
		"X-Amz-Part-Number-Marker", "2")
	require.NoError(t, xml.Unmarshal(got.body, &page))
	require.False(t, page.IsTruncated)
	require.Equal(t, []int{3}, page.Numbers)
}

func TestUploadsArePaged(t *testing.T) {
	fake := small(t)
	var all []string
	for _, key := range []string{"a", "b", "b", "b", "c/1", "c/2", "d"} {
		all = append(all, key+" "+begin(t, fake, key))
	}
	type page struct {
		IsTruncated                       bool
		NextKeyMarker, NextUploadIdMarker string
		Upload                            []struct{ Key, UploadId string }
		CommonPrefixes                    []struct{ Prefix string }
	}
	list := func(query string) (got page) {
		require.NoError(t, xml.Unmarshal(exchange(t, fake, "GET", "/demo?uploads&max-uploads=2"+query, "").body, &got))
		return got
	}
	var seen []string
	query := ""
	for range len(all) {
		got := list(query)
		for _, u := range got.Upload {
			seen = append(seen, u.Key+" "+u.UploadId)
		}
		if !got.IsTruncated {
			break
		}
		require.Len(t, got.Upload, 2)
		query = "&key-marker=" + url.QueryEscape(got.NextKeyMarker) + "&upload-id-marker=" + got.NextUploadIdMarker
	}
	require.Equal(t, all, seen)

	got := list("&delimiter=/&key-marker=b")
	require.Equal(t, []struct{ Prefix string }{{"c/"}}, got.CommonPrefixes)
	require.Equal(t, "d", got.Upload[0].Key)
	require.False(t, got.IsTruncated)
	exchange(t, fake, "GET", "/demo?uploads&key-marker=b&upload-id-marker=x", "").wants(t, 400, "InvalidArgument")
}

func TestUploadsListingEncodesKeys(t *testing.T) {
	fake := small(t)
	begin(t, fake, "a%20b%01")
	got := exchange(t, fake, "GET", "/demo?uploads&encoding-type=url", "")
	require.Contains(t, string(got.body), "<Key>a+b%01</Key>")
	exchange(t, fake, "GET", "/demo?uploads", "").wants(t, 400, "InvalidArgument")
	exchange(t, fake, "GET", "/demo?uploads&encoding-type=rot13", "").wants(t, 400, "InvalidArgument")
}

func TestListRefusesKeysThatXMLCannotEncode(t *testing.T) {
	for _, key := range []string{"a\x01", "a\xff", "a\ufffe"} {
		fake := fakes3.New()
		require.NoError(t, fake.Put("demo", key, nil))
		for _, target := range []string{"/demo", "/demo?list-type=2", "/demo?versions"} {
			exchange(t, fake, "GET", target, "").wants(t, 400, "InvalidArgument")
			encoded := target + "?encoding-type=url"
			if strings.Contains(target, "?") {
				encoded = target + "&encoding-type=url"
			}
			exchange(t, fake, "GET", encoded, "").wants(t, 200, "")
		}
	}
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "a\ufffd\t\U0001F600", nil))
	exchange(t, fake, "GET", "/demo", "").wants(t, 200, "")
}

func TestContentEncodingStaysAsSent(t *testing.T) {
	for sent, kept := range map[string]string{
		"gzip": "gzip", "gzip, br": "gzip, br", "aws-chunked, gzip": "gzip", "gzip, " +
			"aws-chunked": "gzip", "aws-chunked": "",
	} {
		fake := fakes3.New()
		require.NoError(t, fake.CreateBucket("demo"))
		exchange(t, fake, "PUT", "/demo/k", "x", "Content-Encoding", sent).wants(t, 200, "")
		require.Equal(t, kept, exchange(t, fake, "GET", "/demo/k", "").Header.Get("Content-Encoding"), sent)
	}
}

func TestLocationHasTheSchemeOfTheRequest(t *testing.T) {
	for scheme, w := range map[string]*world{
		"http": serve(t, fakes3.Options{MinPartSize: -1}), "https": serveTLS(t, fakes3.Options{MinPartSize: -1}),
	} {
		id := begin(t, w.Server, "k")
		one := part(t, w.Server, "k", id, 1, "x")
		got := w.send(t, "POST", "/demo/k?uploadId="+id, "<CompleteMultipartUpload>"+one+"</CompleteMultipartUpload>")
		got.wants(t, 200, "")
		require.Contains(t, string(got.body), "<Location>"+scheme+"://")
	}
}

func TestIfRange(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("0123456789")))
	head := exchange(t, fake, "HEAD", "/demo/k", "")
	cases := map[string]struct {
		condition string
		status    int
	}{
		"this tag":     {head.Header.Get("ETag"), 206},
		"another tag":  {`"0"`, 200},
		"weak tag":     {"W/" + head.Header.Get("ETag"), 200},
		"this date":    {head.Header.Get("Last-Modified"), 206},
		"earlier date": {"Mon, 02 Jan 2006 15:04:05 GMT", 200},
	}
	for name, c := range cases {
		got := exchange(t, fake, "GET", "/demo/k", "", "Range", "bytes=0-1", "If-Range", c.condition)
		require.Equal(t, c.status, got.StatusCode, name)
	}
}
