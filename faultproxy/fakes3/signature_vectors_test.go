package fakes3_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

const (
	exampleScope = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
	exampleDate  = "20130524T000000Z"
	exampleHost  = "examplebucket.s3.amazonaws.com"
)

// vector is a signed request printed in the S3 API reference: "Signature Calculations for the
// Authorization Header" (single chunk, and chunked with and without trailer) and "Authenticating
// Requests: Using Query Parameters".
type vector struct {
	method, url, body string
	header            map[string]string
	status            int
	code              string
}

const (
	chunk65536 = "10000;chunk-signature="
	chunk1024  = "400;chunk-signature="
)

func chunked(first, second, last, trailer string) string {
	return chunk65536 + first + "\r\n" + strings.Repeat("a", 65536) + "\r\n" +
		chunk1024 + second + "\r\n" + strings.Repeat("a", 1024) + "\r\n" +
		"0;chunk-signature=" + last + "\r\n" + trailer + "\r\n"
}

var vectors = map[string]vector{
	"GET with a range": {
		method: "GET", url: "http://" + exampleHost + "/test.txt", status: 206,
		header: map[string]string{
			"Authorization":        "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
			"Range":                "bytes=0-9",
			"X-Amz-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			"X-Amz-Date":           exampleDate,
		},
	},
	"PUT with an odd key": {
		method: "PUT", url: "http://" + exampleHost + "/test%24file.text", status: 200, body: "Welcome to Amazon S3.",
		header: map[string]string{
			"Authorization":        "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
			"Date":                 "Fri, 24 May 2013 00:00:00 GMT",
			"X-Amz-Date":           exampleDate,
			"X-Amz-Storage-Class":  "REDUCED_REDUNDANCY",
			"X-Amz-Content-Sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
		},
	},
	"a subresource without a value": {
		method: "GET", url: "http://" + exampleHost + "/?lifecycle", status: 501, code: "NotImplemented",
		header: map[string]string{
			"Authorization":        "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
			"X-Amz-Date":           exampleDate,
			"X-Amz-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		},
	},
	"a listing": {
		method: "GET", url: "http://" + exampleHost + "/?max-keys=2&prefix=J", status: 200,
		header: map[string]string{
			"Authorization":        "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
			"X-Amz-Date":           exampleDate,
			"X-Amz-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		},
	},
	"presigned": {
		method: "GET", status: 200,
		url: "http://" + exampleHost + "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
	},
	"signed chunks": {
		method: "PUT", url: "http://s3.amazonaws.com/examplebucket/chunkObject.txt", status: 200,
		body: chunked("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
			"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
			"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", ""),
		header: map[string]string{
			"Authorization":                "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			"Content-Encoding":             "aws-chunked",
			"X-Amz-Content-Sha256":         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			"X-Amz-Date":                   exampleDate,
			"X-Amz-Decoded-Content-Length": "66560",
			"X-Amz-Storage-Class":          "REDUCED_REDUNDANCY",
		},
	},
	"signed chunks and trailer": {
		method: "PUT", url: "http://s3.amazonaws.com/examplebucket/chunkObject.txt", status: 200,
		body: chunked("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
			"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
			"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
			"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"),
		header: map[string]string{
			"Authorization":                "AWS4-HMAC-SHA256 " + exampleScope + ",SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
			"Content-Encoding":             "aws-chunked",
			"X-Amz-Content-Sha256":         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
			"X-Amz-Date":                   exampleDate,
			"X-Amz-Decoded-Content-Length": "66560",
			"X-Amz-Storage-Class":          "REDUCED_REDUNDANCY",
			"X-Amz-Trailer":                "x-amz-checksum-crc32c",
		},
	},
}

// send sends the vector to a fake at a given virtual time.
func (v vector) send(t *testing.T, at time.Time, change func(*http.Request),
) (*fakes3.Server, *httptest.ResponseRecorder) {
	t.Helper()
	fake := fakes3.NewWith(fakes3.Options{
		Region:    "us-east-1",
		BaseHosts: []string{"s3.amazonaws.com"},
		Credentials: &fakes3.Credentials{
			AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		},
	})
	require.NoError(t, fake.Put("examplebucket", "test.txt", []byte("0123456789 and more")))
	recorder := httptest.NewRecorder()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(at))
		r := httptest.NewRequest(v.method, v.url, strings.NewReader(v.body))
		for name, text := range v.header {
			r.Header.Set(name, text)
		}
		if change != nil {
			change(r)
		}
		fake.ServeHTTP(recorder, r)
	})
	return fake, recorder
}

var exampleTime = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

func TestPublishedSignaturesAreGood(t *testing.T) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) {
			fake, recorder := v.send(t, exampleTime, nil)
			got := read(t, recorder.Result())
			got.wants(t, v.status, v.code)
			if strings.Contains(v.url, "chunkObject") {
				object, ok := fake.Object("examplebucket", "chunkObject.txt")
				require.True(t, ok)
				require.Equal(t, bytes.Repeat([]byte("a"), 66560), object.Content)
				require.Empty(t, object.Header["Content-Encoding"])
				require.Equal(t, "REDUCED_REDUNDANCY", object.Header["X-Amz-Storage-Class"])
			}
		})
	}
}

func TestChangedRequestIsRefused(t *testing.T) {
	cases := map[string]struct {
		vector string
		change func(*http.Request)
	}{
		"path": {
			"GET with a range",
			func(r *http.Request) { r.URL.Path, r.RequestURI = "/test.tx", "http://"+exampleHost+"/test.tx" },
		},
		"signed header": {"GET with a range", func(r *http.Request) { r.Header.Set("Range", "bytes=0-8") }},
		"method":        {"GET with a range", func(r *http.Request) { r.Method = "HEAD" }},
		"host":          {"GET with a range", func(r *http.Request) { r.Host = "Examplebucket.s3.amazonaws.com" }},
		"query":         {"a listing", func(r *http.Request) { r.URL.RawQuery = "max-keys=3&prefix=J" }},
		"more query":    {"presigned", func(r *http.Request) { r.URL.RawQuery += "&x=y" }},
		"chunk":         {"signed chunks", changeBody("aaaa", "aaab", 1)},
		"last chunk":    {"signed chunks", changeBody("b6c6ea8a", "b6c6ea8b", 1)},
		"chunk's order": {"signed chunks", changeBody("0055627c", "b6c6ea8a", 1)},
		"end's order": {
			"signed chunks",
			changeBody("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
				"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1),
		},
		"trailer":         {"signed chunks and trailer", changeBody("sOO8/Q==", "sOO8/Q=\x00", 1)},
		"trailer's proof": {"signed chunks and trailer", changeBody("d81f82fc", "d81f82fd", 1)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake, recorder := vectors[c.vector].send(t, exampleTime, c.change)
			require.Equal(t, 403, recorder.Code, "%s", recorder.Body)
			if got := read(t, recorder.Result()); len(got.body) > 0 {
				require.Equal(t, "SignatureDoesNotMatch", got.Code)
			}
			require.Equal(t, []string{"test.txt"}, fake.Keys("examplebucket"))
		})
	}
}

// changeBody replaces text in the body, keeping the length that was declared.
func changeBody(old, replacement string, n int) func(*http.Request) {
	return func(r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		changed := strings.Replace(b.String(), old, replacement, n)
		length := r.ContentLength
		r.Body = httptest.NewRequest(http.MethodPut, "/", strings.NewReader(changed)).Body
		r.ContentLength = length
	}
}

// S3 answers IncompleteBody to any error in the framing of a signed stream: versitygw has recorded
// it (versity/versitygw#1685).
func TestMalformedSignedTrailerIsIncomplete(t *testing.T) {
	const proof = "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
	for name, change := range map[string]func(*http.Request){
		"no line feed after the sum":  changeBody("sOO8/Q==\r\n", "sOO8/Q==\rbcd", 1),
		"no line end after the sum":   changeBody("sOO8/Q==\r\n", "sOO8/Q==", 1),
		"another name of the proof":   changeBody("x-amz-trailer-signature", "x-aminvalid-signature", 1),
		"a longer proof":              changeBody("d81f82fc", "d81f82fcc", 1),
		"a proof that is not hex":     changeBody("d81f82fc", "d81f82fx", 1),
		"no proof":                    changeBody(proof+"\r\n", "", 1),
		"no line end after the proof": changeBody(proof+"\r\n", proof, 1),
		"other text at the end":       changeBody(proof+"\r\n\r\n", proof+"erty", 1),
	} {
		t.Run(name, func(t *testing.T) {
			fake, recorder := vectors["signed chunks and trailer"].send(t, exampleTime, func(r *http.Request) {
				change(r)
				r.ContentLength = -1 // the length is right whatever it is
			})
			read(t, recorder.Result()).wants(t, 400, "IncompleteBody")
			require.Equal(t, []string{"test.txt"}, fake.Keys("examplebucket"))
		})
	}
}

func TestSignedTrailerWithoutTheAnnouncedNameIsMalformed(t *testing.T) {
	const proof = "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
	for name, change := range map[string]func(*http.Request){
		"an empty trailer":   changeBody("x-amz-checksum-crc32c:sOO8/Q==\r\n"+proof+"\r\n", "", 1),
		"the signature only": changeBody("x-amz-checksum-crc32c:sOO8/Q==\r\n", "", 1),
		"another name":       changeBody("x-amz-checksum-crc32c:", "x-amz-checksum-crc32:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			fake, recorder := vectors["signed chunks and trailer"].send(t, exampleTime, func(r *http.Request) {
				change(r)
				r.ContentLength = -1 // the length is right whatever it is
			})
			read(t, recorder.Result()).wants(t, 400, "MalformedTrailerError")
			require.Equal(t, []string{"test.txt"}, fake.Keys("examplebucket"))
		})
	}
}

func TestSignatureIsGoodForItsTime(t *testing.T) {
	const minute = time.Minute
	cases := map[string]struct {
		vector string
		late   time.Duration
		code   string
	}{
		"header at the edge":       {"GET with a range", 15 * minute, ""},
		"header too late":          {"GET with a range", 15*minute + time.Second, "RequestTimeTooSkewed"},
		"header too early":         {"GET with a range", -15*minute - time.Second, "RequestTimeTooSkewed"},
		"presigned to the end":     {"presigned", 24 * time.Hour, ""},
		"presigned and expired":    {"presigned", 24*time.Hour + time.Second, "AccessDenied"},
		"presigned for the future": {"presigned", -16 * minute, "AccessDenied"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, recorder := vectors[c.vector].send(t, exampleTime.Add(c.late), nil)
			got := read(t, recorder.Result())
			require.Equal(t, c.code, got.Code, "%s", got.body)
			if c.code != "" {
				require.Equal(t, 403, got.StatusCode)
			}
		})
	}
}

func TestMalformedAuthorizationIsRefused(t *testing.T) {
	set := func(name, text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, text) }
	}
	authorization := vectors["GET with a range"].header["Authorization"]
	cases := map[string]struct {
		change func(*http.Request)
		status int
		code   string
	}{
		"absent": {func(r *http.Request) { r.Header.Del("Authorization") }, 403, "AccessDenied"},
		"another key": {
			set("Authorization", strings.Replace(authorization, "AKIAIO", "AKIAOI", 1)), 403,
			"InvalidAccessKeyId",
		},
		"another region": {
			set("Authorization", strings.Replace(authorization, "us-east-1", "eu-west-1", 1)),
			400, "AuthorizationHeaderMalformed",
		},
		"another day": {
			set("Authorization", strings.Replace(authorization, "20130524", "20130525", 1)), 400,
			"AuthorizationHeaderMalformed",
		},
		"another kind": {set("Authorization", "Basic Zm9vOmJhcg=="), 400, "InvalidArgument"},
		"no signature": {
			set("Authorization", strings.Replace(authorization, "Signature=", "", 1)), 400,
			"AuthorizationHeaderMalformed",
		},
		"no date":              {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, 403, "AccessDenied"},
		"no payload hash":      {func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") }, 400, "InvalidRequest"},
		"a header left open":   {set("X-Amz-Meta-Added", "later"), 403, "AccessDenied"},
		"a token out of place": {set("X-Amz-Security-Token", "token"), 400, "InvalidToken"},
		"both ways": {
			func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=0" }, 400,
			"InvalidArgument",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, recorder := vectors["GET with a range"].send(t, exampleTime, c.change)
			read(t, recorder.Result()).wants(t, c.status, c.code)
		})
	}
}

// Malformed framing is IncompleteBody, whether or not the signatures are right.
func TestBrokenFramingOfSignedChunksIsIncomplete(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"short signature":      changeBody("ad80c730", "ad80", 1),
		"signature of no kind": changeBody("ad80c730", "signedby", 1),
		"no line after chunk":  changeBody("aa\r\n400", "aaxx400", 1),
		"no last line":         changeBody("9df9\r\n\r\n", "9df9\r\nxx", 1),
	} {
		t.Run(name, func(t *testing.T) {
			fake, recorder := vectors["signed chunks"].send(t, exampleTime, change)
			read(t, recorder.Result()).wants(t, 400, "IncompleteBody")
			require.Equal(t, []string{"test.txt"}, fake.Keys("examplebucket"))
		})
	}
}
