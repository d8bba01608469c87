package faultproxy_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

const (
	signedStream    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	signedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	unsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// wire is a request in bytes, with names for the parts that tests change.
type wire struct {
	host  string
	text  strings.Builder
	parts []part
}

type part struct {
	name     string
	from, to int
}

// add appends text. A name makes it a part.
func (w *wire) add(name, text string) {
	if name != "" {
		w.parts = append(w.parts, part{name, w.text.Len(), w.text.Len() + len(text)})
	}
	w.text.WriteString(text)
}

// address returns host and path of a key, path-style or virtual-hosted.
func address(key string, pathStyle bool) (host, path string) {
	path = "/" + strings.ReplaceAll(url.QueryEscape(key), "+", "%20")
	path = strings.ReplaceAll(path, "%2F", "/")
	if pathStyle {
		return "s3.test", "/demo" + path
	}
	return "demo.s3.test", path
}

// stream is an upload in signed chunks. The SDK's signer signs the head. The SDK does not send
// signed chunks, so these are signed here as S3 documents it.
func stream(t *testing.T, kind, key string, pathStyle bool, chunks ...string) *wire {
	now := time.Now().UTC()
	host, path := address(key, pathStyle)
	content := strings.Join(chunks, "")
	sum := crc32.ChecksumIEEE([]byte(content))
	trailer := "x-amz-checksum-crc32:" +
		base64.StdEncoding.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})

	req, err := http.NewRequest(http.MethodPut, "http://"+host+path+"?x-id=PutObject", nil)
	require.NoError(t, err)
	req.Header.Set("X-Amz-Content-Sha256", kind)
	req.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(len(content)))
	req.Header.Set("X-Amz-Meta-Owner", "alice")
	req.Header.Set("Content-Encoding", "aws-chunked")
	if kind != signedStream {
		req.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	require.NoError(t, signer.SignHTTP(context.Background(), keys, req, kind, "s3", "us-east-1", now))
	authorization, previous, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")

	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	scope := []string{now.Format("20060102"), "us-east-1", "s3", "aws4_request"}
	secret := []byte("AWS4" + keys.SecretAccessKey)
	for _, text := range scope {
		secret = mac(secret, text)
	}
	signature := previous
	sign := func(what string, hashes ...string) string {
		text := append([]string{
			"AWS4-HMAC-SHA256-" + what, now.Format("20060102T150405Z"), strings.Join(scope, "/"),
			signature,
		}, hashes...)
		signature = hex.EncodeToString(mac(secret, strings.Join(text, "\n")))
		return signature
	}

	body := &wire{}
	for _, c := range append(chunks, "") {
		body.add("chunk size", fmt.Sprintf("%x", len(c)))
		if kind != unsignedTrailer {
			body.add("", ";chunk-signature=")
			body.add("chunk signature", sign("PAYLOAD", sha256Of(""), sha256Of(c)))
		}
		body.add("", "\r\n")
		body.add("chunk", c)
		if c != "" {
			body.add("", "\r\n")
		}
	}
	if kind != signedStream {
		name, value, _ := strings.Cut(trailer, ":")
		body.add("trailer name", name)
		body.add("", ":")
		body.add("trailer", strings.TrimRight(value, "="))
		body.add("", "==\r\n")
	}
	if kind == signedTrailer {
		body.add("", "x-amz-trailer-signature:")
		body.add("trailer signature", sign("TRAILER", sha256Of(trailer+"\n")))
		body.add("", "\r\n")
	}
	body.add("", "\r\n")

	w := &wire{host: host}
	w.add("", "PUT ")
	w.add("path", path)
	w.add("", "?x-id=")
	w.add("query", "PutObject")
	w.add("", " HTTP/1.1\r\nHost: ")
	w.add("host", host)
	w.add("", fmt.Sprintf("\r\nContent-Length: %d", body.text.Len()))
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range req.Header {
			if name != "Authorization" && !yield(name) {
				return
			}
		}
	}) {
		w.add("", "\r\n")
		if name == "X-Amz-Meta-Owner" {
			w.add("header name", name)
		} else {
			w.add("", name)
		}
		w.add("", ": ")
		w.add(name, req.Header.Get(name))
	}
	w.add("", "\r\nAuthorization: "+authorization+"Signature=")
	w.add("signature", previous)
	w.add("", "\r\n\r\n")
	for _, p := range body.parts {
		w.parts = append(w.parts, part{p.name, w.text.Len() + p.from, w.text.Len() + p.to})
	}
	w.text.WriteString(body.text.String())
	return w
}

// sendRaw sends bytes to a lab, and returns the status of the response with S3's error code, if it
// has one.
func sendRaw(t *testing.T, lab *faulttest.Lab, host, request string) string {
	port := ":80"
	if strings.HasPrefix(lab.URL(), "https") {
		port = ":443"
	}
	c, err := lab.Network().DialContext(t.Context(), "tcp", host+port)
	require.NoError(t, err)
	defer c.Close()
	if port == ":443" {
		cfg := lab.TLSClientConfig()
		cfg.ServerName = host
		c = tls.Client(c, cfg)
	}
	sent := make(chan struct{})
	go func(c net.Conn) {
		defer close(sent)
		_, _ = io.WriteString(c, request) // the server may refuse before it has read everything
	}(c)
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	_ = c.Close()
	<-sent
	var failure struct{ Code string }
	_ = xml.Unmarshal(body, &failure) // a success has no error code
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", failure.Code))
}

// All kinds of signed streams pass for all odd keys, path-style and virtual-hosted, and the journal
// has the digest of the content.
func TestSignedStreamsPassForOddKeys(t *testing.T) {
	everyWay(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		pathStyle := client.Options().UsePathStyle
		var digests []string
		for i, key := range signedKeys {
			for _, kind := range []string{signedStream, signedTrailer, unsignedTrailer} {
				chunks := []string{strings.Repeat(kind, 300), strings.Repeat("x", 8<<10+i), "the end of " + key}
				w := stream(t, kind, key, pathStyle, chunks...)
				require.Equal(t, "200", sendRaw(t, lab, w.host, w.text.String()), "%s of %q", kind, key)
				object, ok := fake.Object("demo", key)
				require.True(t, ok, "%q is not there", key)
				require.Equal(t, strings.Join(chunks, ""), string(object.Content))
				digests = append(digests, "PutObject "+key+" "+sha256Of(strings.Join(chunks, "")))
			}
		}
		synctest.Wait()
		var got []string
		for _, rec := range lab.Journal().Records() {
			got = append(got, rec.Operation+" "+rec.Key+" "+rec.RequestSHA256)
		}
		assert.Equal(t, digests, got)
	})
}

// otherByte returns another byte of the same kind. It returns false if a change could affect other
// parts of the request.
func otherByte(b byte) (byte, bool) {
	switch {
	case '0' <= b && b <= '9':
		return '0' + (b-'0'+1)%10, true
	case 'a' <= b && b <= 'f':
		return 'a' + (b-'a'+1)%6, true
	case 'g' <= b && b <= 'z':
		return 'g' + (b-'g'+1)%20, true
	case 'A' <= b && b <= 'F':
		return 'A' + (b-'A'+1)%6, true
	case 'G' <= b && b <= 'Z':
		return 'G' + (b-'G'+1)%20, true
	}
	return 0, false
}

// refusals returns S3's possible responses to a request in which one byte of a part was changed.
func refusals(kind, name string) []string {
	const no = "403 SignatureDoesNotMatch"
	switch {
	case name == "header name":
		return []string{no, "403 AccessDenied"} // the old header is missing, and a new x-amz- header is not signed
	case name == "X-Amz-Date":
		return []string{no, "403 AccessDenied", "403 RequestTimeTooSkewed", "400 AuthorizationHeaderMalformed"}
	case name == "X-Amz-Content-Sha256": // S3 checks the format before the signature
		return []string{no, "400 InvalidArgument"}
	case name == "X-Amz-Security-Token":
		return []string{"400 InvalidToken"}
	case name == "chunk size":
		return []string{no, "400 IncompleteBody", "400 InvalidChunkSizeError"}
	case name == "trailer name":
		return []string{"400 MalformedTrailerError"}
	case kind == unsignedTrailer && (name == "chunk" || name == "trailer"):
		return []string{"400 BadDigest"}
	}
	return []string{no}
}

// The upstream refuses a request if one signed byte was changed on the way. Unchanged, the request
// succeeds.
func TestSignedStreamWithAChangedByteIsRefused(t *testing.T) {
	for _, kind := range []string{signedStream, signedTrailer, unsignedTrailer} {
		t.Run(kind, func(t *testing.T) {
			bothStyles(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
				const key = "a b+c;%2F//я"
				chunks := []string{"hello " + strings.Repeat("v", 8192), "signed " + strings.Repeat("w", 20000), "end"}
				w := stream(t, kind, key, client.Options().UsePathStyle, chunks...)
				request := w.text.String()
				changed := map[string]int{}
				for _, p := range w.parts {
					for i := p.from; i < p.to; i++ {
						if p.to-p.from > 30 && i > p.from+5 && i < p.to-4 && i != (p.from+p.to)/2 {
							continue
						}
						other, ok := otherByte(request[i])
						if !ok {
							continue
						}
						if p.name == "trailer" && i == p.to-1 {
							continue // four bits of this byte have no meaning in base64
						}
						got := sendRaw(t, lab, w.host, request[:i]+string(other)+request[i+1:])
						require.Contains(t, refusals(kind, p.name), got, "%s: %q changed to %q at %d", p.name,
							request[p.from:min(p.to, p.from+100)], other, i-p.from)
						changed[p.name]++
					}
				}
				require.Empty(t, fake.Keys("demo"), "something was stored")
				want := []string{
					"path", "query", "host", "header name", "X-Amz-Meta-Owner", "X-Amz-Date",
					"X-Amz-Content-Sha256", "signature", "chunk size", "chunk",
				}
				if kind != unsignedTrailer {
					want = append(want, "chunk signature")
				}
				if kind != signedStream {
					want = append(want, "X-Amz-Trailer", "trailer name", "trailer")
				}
				if kind == signedTrailer {
					want = append(want, "trailer signature")
				}
				for _, name := range want {
					assert.Positive(t, changed[name], "%s was not changed", name)
				}
				require.Equal(t, "200",
					sendRaw(t, lab, w.host,
						strings.Replace(request, "\r\nContent-Length", "\r\nX-S3chaos-Step: one\r\nContent-Length", 1)),
					"the upstream does not get the step header")
				require.Equal(t, "200", sendRaw(t, lab, w.host, request))
				object, _ := fake.Object("demo", key)
				require.Equal(t, strings.Join(chunks, ""), string(object.Content))
			}, false)
		})
	}
}

// A presigned URL is valid only for the bytes that were signed.
func TestPresignedURLWithAChangedByteIsRefused(t *testing.T) {
	bothStyles(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		for _, key := range []string{"a b+c;%2F//я", "plain"} {
			signed, err := s3.NewPresignClient(client).PresignPutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("demo"), Key: aws.String(key), ContentType: aws.String("text/x"),
				Metadata: map[string]string{"owner": "alice"},
			})
			require.NoError(t, err)
			u, err := url.Parse(signed.URL)
			require.NoError(t, err)
			w := &wire{host: u.Host}
			w.add("", "PUT ")
			w.add("path", u.EscapedPath())
			for i, param := range strings.Split(u.RawQuery, "&") {
				name, value, _ := strings.Cut(param, "=")
				w.add("", string("?&"[min(i, 1)])+name+"=")
				w.add(name, value)
			}
			w.add("", " HTTP/1.1\r\nHost: ")
			w.add("host", u.Host)
			for name := range signed.SignedHeader {
				if name != "Host" && name != "Content-Length" {
					w.add("", "\r\n"+name+": ")
					w.add("header", signed.SignedHeader.Get(name))
				}
			}
			w.add("", "\r\nContent-Length: 0\r\n\r\n")
			request := w.text.String()
			changed := map[string]int{}
			for _, p := range w.parts {
				for i := p.from; i < p.to; i++ {
					other, ok := otherByte(request[i])
					if !ok || request[i-1] == '%' || request[i-2] == '%' && p.name != "path" {
						continue
					}
					want := []string{"403 SignatureDoesNotMatch"}
					switch p.name {
					case "X-Amz-Algorithm":
						want = []string{"400 AuthorizationQueryParametersError"}
					case "X-Amz-Credential":
						want = append(want, "403 InvalidAccessKeyId", "400 AuthorizationQueryParametersError")
					case "X-Amz-Date":
						want = append(want, "403 AccessDenied", "400 AuthorizationQueryParametersError")
					case "X-Amz-Security-Token":
						want = []string{"400 InvalidToken"}
					case "X-Amz-SignedHeaders", "X-Amz-Expires":
						want = append(want, "403 AccessDenied")
					}
					got := sendRaw(t, lab, w.host, request[:i]+string(other)+request[i+1:])
					require.Contains(t, want, got, "%s: %q changed to %q at %d", p.name, request[p.from:p.to], other,
						i-p.from)
					changed[p.name]++
				}
			}
			for _, name := range []string{
				"path", "host", "header", "X-Amz-Signature", "X-Amz-Expires",
				"X-Amz-SignedHeaders", "X-Amz-Date",
			} {
				assert.Positive(t, changed[name], "%s was not changed: %s", name, request)
			}
			_, stored := fake.Object("demo", key)
			require.False(t, stored)
			require.Equal(t, "200", sendRaw(t, lab, w.host, request))
			_, stored = fake.Object("demo", key)
			require.True(t, stored)
		}
	}, false)
}
