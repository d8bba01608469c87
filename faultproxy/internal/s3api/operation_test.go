package s3api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// oddKeys are names that survive signing and must survive recognition.
var oddKeys = []string{
	"a b", "a+b", "a%2Fb", "//", "a//b/", "/lead", "semi;colon", "ключ/キー", "a?b=c&uploads",
	"100%", "..", strings.Repeat("k", 1024),
}

// capture answers nothing and keeps the request.
type capture struct{ req *http.Request }

var errCaptured = errors.New("captured")

func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	c.req = r
	return nil, errCaptured
}

// parsed is the request as the proxy would read it from the wire.
func parsed(r *http.Request) *Request {
	var b strings.Builder
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	fmt.Fprintf(&b, "Host: %s\r\n", host)
	for name, values := range r.Header {
		for _, v := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	req := &Request{}
	req.Parse(r.Method, r.URL.RequestURI(), httptext.Headers(b.String()), NewHosts())
	return req
}

func sdk(c http.RoundTripper, endpoint string, pathStyle bool) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoint), UsePathStyle: pathStyle,
		HTTPClient:                     &http.Client{Transport: c},
		Credentials:                    credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:                        aws.NopRetryer{},
		DisableMultiRegionAccessPoints: true, DisableS3ExpressSessionAuth: aws.Bool(true),
	})
}

// sent are the fields that must come out of recognition again.
var sent = map[string]string{
	"Bucket": "demo", "Key": "", "UploadId": "upload-1", "CopySource": "other/source.bin",
	"RenameSource": "other/source.bin",
}

// fill sets what the SDK requires, by the names of the fields, in a whole input.
func fill(v reflect.Value, key string, depth int) {
	for i := range v.NumField() {
		f := v.Field(i)
		name := v.Type().Field(i).Name
		if !v.Type().Field(i).IsExported() {
			continue
		}
		if value, ok := sent[name]; ok && depth == 0 {
			if name == "Key" {
				value = key
			}
			if f.Type() == reflect.TypeFor[*string]() {
				f.Set(reflect.ValueOf(aws.String(value)))
				continue
			}
		}
		if name == "PartNumber" && depth == 0 {
			f.Set(reflect.ValueOf(aws.Int32(7)))
		} else {
			required(f, depth)
		}
	}
}

// required gives a value to whatever may be checked for presence.
func required(f reflect.Value, depth int) {
	if depth > 8 || f.Type() == reflect.TypeFor[*time.Time]() {
		return
	}
	switch f.Kind() {
	case reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		required(f.Elem(), depth)
	case reflect.Struct:
		fill(f, "k", depth+1)
	case reflect.Slice:
		f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		required(f.Index(0), depth+1)
	case reflect.Interface:
		for _, v := range []any{
			strings.NewReader("x"),
			&types.ObjectEncryptionMemberSSEKMS{Value: types.SSEKMSEncryption{KMSKeyArn: aws.String("v")}},
		} {
			if reflect.TypeOf(v).AssignableTo(f.Type()) {
				f.Set(reflect.ValueOf(v))
			}
		}
	case reflect.Int32, reflect.Int64:
		f.SetInt(1)
	case reflect.String:
		f.SetString("v")
		if values := f.MethodByName("Values"); values.IsValid() { // an enumeration
			f.Set(values.Call(nil)[0].Index(0))
		}
	}
}

// Every operation the SDK can send is recognized, in both styles of address, and nothing is
// recognized that is not sent.
func TestOperationsOfTheSDK(t *testing.T) {
	seen := map[string]bool{}
	for _, style := range []struct {
		name, endpoint string
		path           bool
	}{
		{"path", "http://127.0.0.1:9000", true},
		{"virtual-hosted", "http://s3.us-east-1.amazonaws.com", false},
		{"localhost", "http://localhost:9000", false},
	} {
		client := reflect.TypeFor[*s3.Client]()
		for m := range client.Methods() {
			if m.Type.NumIn() != 4 || m.Type.NumOut() != 2 || m.Type.In(2).Kind() != reflect.Pointer {
				continue
			}
			t.Run(style.name+"/"+m.Name, func(t *testing.T) {
				seen[m.Name] = true
				c := &capture{}
				in := reflect.New(m.Type.In(2).Elem())
				fill(in.Elem(), "dir/a key", 0)
				out := m.Func.Call([]reflect.Value{
					reflect.ValueOf(sdk(c, style.endpoint, style.path)),
					reflect.ValueOf(context.Background()), in,
				})
				require.NotNil(t, c.req, "the SDK sent nothing: %v", out[1].Interface())
				r := parsed(c.req)
				assert.Equal(t, m.Name, r.Operation, "%s %s %s", r.Method, r.Host, r.Target)
				op := r.Op
				if op.Level() == ServiceLevel {
					assert.Empty(t, r.Bucket+r.Key)
					return
				}
				assert.Equal(t, "demo", r.Bucket)
				if op.Level() == ObjectLevel {
					assert.Equal(t, "dir/a key", r.Key)
				} else {
					assert.Empty(t, r.Key)
				}
				if op.resource() == "uploadId" {
					assert.Equal(t, "upload-1", r.UploadID)
				}
				if strings.HasPrefix(m.Name, "UploadPart") {
					assert.Equal(t, 7, r.Part)
				}
			})
		}
	}
	own := map[string]bool{"PostObject": true, "OptionsBucket": true, "OptionsObject": true}
	for _, name := range Operations() {
		assert.True(t, seen[name] || own[name], "%s is in the table, but the SDK does not send it", name)
	}
}

func TestOddKeysAndPresignedURLs(t *testing.T) {
	for _, key := range oddKeys {
		for _, path := range []bool{true, false} {
			c := &capture{}
			client := sdk(c, "http://s3.us-east-1.amazonaws.com", path)
			_, err := client.GetObject(context.Background(),
				&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String(key)})
			require.ErrorIs(t, err, errCaptured)
			r := parsed(c.req)
			assert.Equal(t, []string{"GetObject", "demo", key}, []string{r.Operation, r.Bucket, r.Key}, r.Target)

			signed, err := s3.NewPresignClient(client).PresignPutObject(context.Background(),
				&s3.PutObjectInput{Bucket: aws.String("demo"), Key: aws.String(key)})
			require.NoError(t, err)
			u, err := url.Parse(signed.URL)
			require.NoError(t, err)
			r = parsed(&http.Request{Method: signed.Method, URL: u, Host: u.Host})
			assert.Equal(t, []string{"PutObject", "demo", key}, []string{r.Operation, r.Bucket, r.Key}, r.Target)
		}
	}
}

// What other clients than the SDK send.
func TestOperationRouting(t *testing.T) {
	for _, c := range []struct{ method, target, header, want, bucket, key string }{
		{"GET", "/", "", "ListBuckets", "", ""},
		{"GET", "/?x-id=ListDirectoryBuckets", "", "ListDirectoryBuckets", "", ""},
		{"GET", "/demo", "", "ListObjects", "demo", ""},
		{"GET", "/demo/", "", "ListObjects", "demo", ""},
		{"GET", "/demo/?list-type=2&prefix=a%2Fb", "", "ListObjectsV2", "demo", ""},
		{"GET", "/demo/?list-type=1", "", "ListObjects", "demo", ""},
		{"GET", "/demo?metrics", "", "ListBucketMetricsConfigurations", "demo", ""},
		{"GET", "/demo?id=x&metrics", "", "GetBucketMetricsConfiguration", "demo", ""},
		{"DELETE", "/demo?metrics", "", "DeleteBucketMetricsConfiguration", "demo", ""},
		{"GET", "/demo/k?annotation", "", "ListObjectAnnotations", "demo", "k"},
		{"GET", "/demo/k?annotation&annotationName=x", "", "GetObjectAnnotation", "demo", "k"},
		{"PUT", "/demo/k?tagging", "X-Amz-Copy-Source: /o/s\r\n", "PutObjectTagging", "demo", "k"},
		{"PUT", "/demo/k", "x-amz-copy-source: /o/s\r\n", "CopyObject", "demo", "k"},
		{"PUT", "/demo/k?partNumber=2&uploadId=u", "X-AMZ-COPY-SOURCE: /o/s\r\n", "UploadPartCopy", "demo", "k"},
		{"HEAD", "/demo/k?partNumber=2", "", "HeadObject", "demo", "k"},
		{"HEAD", "/demo/k?acl", "", "HeadObject", "demo", "k"},
		{"HEAD", "/", "", "", "", ""},
		{"GET", "/demo/k?versionId=3", "", "GetObject", "demo", "k"},
		{"GET", "http://h.example/demo/k?acl", "", "GetObjectAcl", "demo", "k"},
		{"GET", "http://user:pass@demo.s3.example.com/k", "", "GetObject", "demo", "k"},
		{"GET", "http://h.example", "", "ListBuckets", "", ""},
		{"POST", "/demo", "", "PostObject", "demo", ""},
		{"OPTIONS", "/demo/k", "", "OptionsObject", "demo", "k"},
		{"OPTIONS", "*", "", "", "", ""},
		{"PATCH", "/demo/k", "", "", "demo", "k"},
		{"POST", "/WriteGetObjectResponse", "", "WriteGetObjectResponse", "", ""},
		{"GET", "/demo/%zz%4", "", "GetObject", "demo", "%zz%4"},
	} {
		r := &Request{}
		r.Parse(c.method, c.target, httptext.Headers(c.header), NewHosts())
		assert.Equal(t, c.want, r.Operation, "%s %s", c.method, c.target)
		assert.Equal(t, []string{c.bucket, c.key}, []string{r.Bucket, r.Key}, "%s %s", c.method, c.target)
	}
}

func TestBucketFromHost(t *testing.T) {
	h := NewHosts("Storage.Example:9000", "lab", "store.localhost", "[::1]:9000")
	for host, want := range map[string]string{
		"storage.example": "", "b.storage.example:9000": "b", "a.b.storage.example": "a.b", "demo.lab": "demo",
		"store.localhost": "", "b.store.localhost": "b", "lab:80": "",
		"s3.us-east-1.amazonaws.com": "", "b.s3.us-east-1.amazonaws.com": "b", "B.S3.amazonaws.com": "b",
		"my.s3.bucket.s3.eu-west-1.amazonaws.com": "my.s3.bucket", "b.s3-accelerate.amazonaws.com": "b",
		"s3-fips.us-east-1.amazonaws.com":                 "",
		"b--x.s3express-usw2-az1.us-west-2.amazonaws.com": "b--x", "s3express-control.us-west-2.amazonaws.com": "",
		"127.0.0.1:9000": "", "[::1]:9000": "", "::1": "", "localhost:9000": "", "b.localhost:9000": "b",
		"b.s3.localhost": "b", "s3.localhost": "",
		"minio.internal:9000": "", "": "", ".": "", ".localhost": "", "s3": "", ".s3": "",
	} {
		assert.Equal(t, want, h.bucket(host), "host %q", host)
		assert.Equal(t, want, h.bucket(host), "host %q, asked again", host)
	}
}
