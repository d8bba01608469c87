package s3client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/s3client"
)

// bothWays makes an upload in one request and one in parts, with the PartSize of small.
var bothWays = []int{1000, 200_000}

func (w *world) putObject(key string, content []byte, options *s3client.UploadOptions) (*s3client.UploadResult, error) {
	return w.client.PutObject(context.Background(), key, bytes.NewReader(content), options)
}

// headersOf returns the headers of the last request of one of the operations.
func (w *world) headersOf(operations ...string) http.Header {
	for _, s := range slices.Backward(w.sends) {
		if slices.Contains(operations, s.operation) {
			return s.header
		}
	}
	return nil
}

func TestUploadOptionsTravelAndAreStored(t *testing.T) {
	in(t, small, func(w *world) {
		for _, size := range bothWays {
			result, err := w.putObject("k", noise(size), &s3client.UploadOptions{
				ContentType: "text/csv", ContentDisposition: `attachment; filename="a.csv"`, ContentEncoding: "gzip",
				ContentLanguage: "de", CacheControl: "max-age=60", Expires: time.Unix(2_000_000_000, 0),
				Metadata: map[string]string{"Owner": "me"}, Tags: map[string]string{"a b": "1+1", "c": ""},
				StorageClass: types.StorageClassStandardIa, ServerSideEncryption: types.ServerSideEncryptionAes256,
			})
			require.NoError(w, err)
			object, _ := w.fake.Object("demo", "k")
			require.Equal(w, map[string]string{
				"Content-Type": "text/csv", "Content-Disposition": `attachment; filename="a.csv"`,
				"Content-Encoding": "gzip", "Content-Language": "de", "Cache-Control": "max-age=60",
				"Expires": "Wed, 18 May 2033 03:33:20 GMT", "X-Amz-Storage-Class": "STANDARD_IA",
			}, object.Header)
			require.Equal(w, map[string]string{"owner": "me"}, object.Metadata)
			require.Equal(w, "a%20b=1%2B1&c=", w.headersOf("PutObject", "CreateMultipartUpload").Get("X-Amz-Tagging"))
			require.Equal(w, &s3client.UploadResult{
				ETag: object.ETag, Size: int64(size), Checksum: object.Checksum, ChecksumAlgorithm: "CRC32",
			}, result)
		}
	})
}

func TestEncryptionAndLockTravel(t *testing.T) {
	in(t, small, func(w *world) {
		w.on("PutObject", 0, respond(501, "NotImplemented"))
		w.on("CreateMultipartUpload", 0, respond(501, "NotImplemented"))
		until := time.Now().Add(24 * time.Hour)
		for _, size := range bothWays {
			require.Error(w, w.put("k", noise(size), &s3client.UploadOptions{
				ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyID: "key/1",
				SSEKMSEncryptionContext: map[string]string{"a": "b"}, BucketKeyEnabled: true,
				ObjectLockMode: types.ObjectLockModeGovernance, ObjectLockRetainUntil: until,
				ObjectLockLegalHold: types.ObjectLockLegalHoldStatusOn,
			}))
			head := w.headersOf("PutObject", "CreateMultipartUpload")
			for name, want := range map[string]string{
				"X-Amz-Server-Side-Encryption":                    "aws:kms",
				"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id":     "key/1",
				"X-Amz-Server-Side-Encryption-Context":            "eyJhIjoiYiJ9",
				"X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": "true",
				"X-Amz-Object-Lock-Mode":                          "GOVERNANCE",
				"X-Amz-Object-Lock-Legal-Hold":                    "ON",
				"X-Amz-Object-Lock-Retain-Until-Date":             until.UTC().Format("2006-01-02T15:04:05.999Z"),
			} {
				require.Equal(w, want, head.Get(name), name)
			}
		}
	})
}

func TestEachChecksumAlgorithmIsVerifiedAndReported(t *testing.T) {
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		in(t, small, func(w *world) {
			for _, size := range bothWays {
				// A lost response is settled by the checksum, or by the ETag where S3 has none of
				// the whole.
				w.on("PutObject", 3, lose).on("CompleteMultipartUpload", 3, lose)
				for range 2 {
					result, err := w.putObject("k", noise(size), &s3client.UploadOptions{ChecksumAlgorithm: algorithm})
					require.NoError(w, err)
					object, _ := w.fake.Object("demo", "k")
					require.EqualValues(w, algorithm, object.ChecksumAlgorithm)
					require.Equal(w, object.Checksum, result.Checksum)
					require.Equal(w, algorithm, result.ChecksumAlgorithm)
					w.requireObject("k", noise(size))
				}
			}
			w.requireNoUploads()
		})
	}
}

func TestBadUploadOptionsAreRefusedBeforeSending(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for text, options := range map[string]s3client.UploadOptions{
		`IfNoneMatch "x": want "*"`:                          {IfNoneMatch: "x"},
		"IfNoneMatch, IfMatch: want one of them":             {IfNoneMatch: "*", IfMatch: `"e"`},
		`ChecksumAlgorithm "MD5": want CRC32`:                {ChecksumAlgorithm: "MD5"},
		`ServerSideEncryption "rot13": want AES256`:          {ServerSideEncryption: "rot13"},
		"SSEKMSKeyID: want ServerSideEncryption aws:kms":     {SSEKMSKeyID: "k"},
		"SSEKMSEncryptionContext: want ServerSideEncryption": {SSEKMSEncryptionContext: map[string]string{"a": "b"}},
		"SSECustomerKey: want an endpoint with https":        {SSECustomerKey: make([]byte, 32)},
		"customer key of 5 bytes: want 32":                   {SSECustomerKey: make([]byte, 5)},
		"SSECustomerKey: want no ServerSideEncryption": {
			SSECustomerKey: make([]byte, 32), ServerSideEncryption: "AES256",
		},
		`ObjectLockMode "x": want GOVERNANCE or COMPLIANCE`: {ObjectLockMode: "x"},
		"ObjectLockMode, ObjectLockRetainUntil: want both":  {ObjectLockMode: "COMPLIANCE"},
		"ObjectLockRetainUntil 1999-01-01T00:00:00Z: want": {
			ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntil: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC),
		},
		`ObjectLockLegalHold "maybe": want ON or OFF`:     {ObjectLockLegalHold: "maybe"},
		`ContentType "a\nb": want no control characters`:  {ContentType: "a\nb"},
		`CacheControl "\x00": want no control characters`: {CacheControl: "\x00"},
		`metadata "a b": want a name of`:                  {Metadata: map[string]string{"a b": ""}},
		`metadata "": want a name of`:                     {Metadata: map[string]string{"": ""}},
		`metadata "a": want a value without control`:      {Metadata: map[string]string{"a": "\r\n"}},
		`metadata "a": want each name once`:               {Metadata: map[string]string{"a": "", "A": ""}},
		"metadata: 3001 bytes: want at most 2048":         {Metadata: map[string]string{"a": long}},
		`metadata "S3client-Write": a conditional upload marks`: {
			IfMatch: `"e"`, Metadata: map[string]string{"S3client-Write": ""},
		},
		`tag "aws:x": want a name that does not begin`:      {Tags: map[string]string{"aws:x": ""}},
		`tag "": want a name of 1 to 128 characters, got 0`: {Tags: map[string]string{"": ""}},
		`tag "a": want a value of at most 256 characters`:   {Tags: map[string]string{"a": long}},
		"tags: 11: want at most 10":                         {Tags: elevenTags()},
	} {
		in(t, s3client.Config{}, func(w *world) {
			require.ErrorContains(w, w.put("k", nil, &options), text)
			require.Empty(w, w.sends)
		})
	}
}

func elevenTags() map[string]string {
	tags := map[string]string{}
	for i := range 11 {
		tags[fmt.Sprint(i)] = ""
	}
	return tags
}

// The whole client is asked to print what it holds: its errors, its logs and its options.
func TestCustomerKeyTravelsAndIsNeverShown(t *testing.T) {
	key := []byte("0123456789abcdefghijklmnopqrstuv")
	const encoded = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
	var keys []string
	fake := fakes3.NewWith(fakes3.Options{MinPartSize: -1})
	require.NoError(t, fake.CreateBucket("demo"))
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, operationOf(r)+" "+r.Header.Get("X-Amz-Server-Side-Encryption-Customer-Key"))
		for name := range r.Header {
			if strings.Contains(name, "Customer") {
				r.Header.Del(name) // the fake has no encryption
			}
		}
		if operationOf(r) == "PutObject" {
			respond(403, "AccessDenied")(w, r, fake)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	logs := new(bytes.Buffer)
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey, HTTPClient: server.Client(),
		PartSize: 64 << 10, Concurrency: 1,
		Logger: slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	options := &s3client.UploadOptions{SSECustomerKey: key}
	require.NoError(t, client.UploadStream(t.Context(), bytes.NewReader(noise(100_000)), "k", options))
	require.Equal(t, []string{
		"CreateMultipartUpload " + encoded, "UploadPart " + encoded, "UploadPart " + encoded,
		"CompleteMultipartUpload " + encoded,
	}, keys)
	_, failure := client.PutObject(t.Context(), "k", strings.NewReader("x"), options)
	require.Error(t, failure)
	text, err := json.Marshal(options.SSECustomerKey)
	require.NoError(t, err)
	slog.New(slog.NewTextHandler(logs, nil)).Info("options", "options", options, "key", options.SSECustomerKey)
	for _, shown := range []string{
		failure.Error(), logs.String(), string(text),
		fmt.Sprintf("%v %+v %#v %s %x", options, *options, options, options.SSECustomerKey, options.SSECustomerKey),
	} {
		require.NotContains(t, shown, encoded)
		require.NotContains(t, shown, string(key))
		require.NotContains(t, shown, fmt.Sprintf("%x", key))
		require.NotContains(t, shown, "48 49 50")
	}
}

func TestVersionIsReported(t *testing.T) {
	in(t, small, func(w *world) {
		w.versions()
		for _, size := range bothWays {
			first, err := w.putObject("k", noise(size), nil)
			require.NoError(w, err)
			w.on("PutObject", 3, lose).on("CompleteMultipartUpload", 3, lose)
			second, err := w.putObject("k", noise(size), nil)
			require.NoError(w, err)
			require.NotEmpty(w, first.VersionID)
			info, err := w.client.DeleteObject(context.Background(), "k",
				&s3client.DeleteOptions{VersionID: second.VersionID})
			require.NoError(w, err)
			require.Equal(w, second.VersionID, info.VersionID)
			w.faults = nil
		}
	})
}

// versions enables versions in the bucket.
func (w *world) versions() {
	r := httptest.NewRequest(http.MethodPut, "http://s3.test/demo?versioning", strings.NewReader(
		`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`))
	w.unsigned()
	recorder := httptest.NewRecorder()
	w.fake.ServeHTTP(recorder, r)
	require.Equal(w, http.StatusOK, recorder.Code, recorder.Body)
}

// An object with the same bytes but other headers or tags is not what the upload wanted.
func TestLostUploadOverTheSameBytesWithOtherOptionsIsUnknown(t *testing.T) {
	base := func() *s3client.UploadOptions {
		return &s3client.UploadOptions{CacheControl: "max-age=1", Tags: map[string]string{"a": "b"}}
	}
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.put("k", noise(100), base()))
		w.on("PutObject", 0, reset)
		require.NoError(w, w.put("k", noise(100), base()), "the wanted state holds")
		for _, change := range []func(*s3client.UploadOptions){
			func(o *s3client.UploadOptions) { o.CacheControl = "" },
			func(o *s3client.UploadOptions) { o.ContentDisposition = "inline" },
			func(o *s3client.UploadOptions) { o.ContentEncoding = "gzip" },
			func(o *s3client.UploadOptions) { o.ContentLanguage = "de" },
			func(o *s3client.UploadOptions) { o.StorageClass = types.StorageClassGlacierIr },
			func(o *s3client.UploadOptions) { o.Tags = nil },
			func(o *s3client.UploadOptions) { o.ObjectLockLegalHold = types.ObjectLockLegalHoldStatusOn },
			func(o *s3client.UploadOptions) { o.Metadata = map[string]string{"a": "b"} },
		} {
			options := base()
			change(options)
			require.ErrorIs(w, w.put("k", noise(100), options), s3client.ErrOutcomeUnknown, "%+v", options)
		}
	})
}
