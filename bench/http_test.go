package bench

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/s3chaos/s3chaos/retry/retryhttp"
)

// canned answers each request at once, so that what is left is the cost of the layers above.
type canned struct{}

func (canned) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader("hello")), ContentLength: 5, Request: req,
	}, nil
}

// A GET through an http.Client that may retry, which it does not need to.
func BenchmarkHTTPGet(b *testing.B) {
	peer := retryablehttp.NewClient()
	peer.Logger = nil
	peer.HTTPClient = &http.Client{Transport: canned{}}
	for _, c := range []struct {
		lib    string
		client *http.Client
	}{
		{"none", &http.Client{Transport: canned{}}},
		{"ours", &http.Client{Transport: &retryhttp.Transport{Base: canned{}}}},
		{"retryablehttp", peer.StandardClient()},
	} {
		b.Run("lib="+c.lib+"/on=ctx", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				resp, err := c.client.Get("http://demo.example/bucket/a.bin?part=1")
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					b.Fatal(err)
				}
				if err := resp.Body.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
