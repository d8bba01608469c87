package s3client_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// direct sends a request to a server that takes any signature, and returns the answer. headers are
// names and values in turn.
func (w *world) direct(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	w.Helper()
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest(method, "http://s3.test"+target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w.fake.ServeHTTP(recorder, r)
	require.Less(w, recorder.Code, 300, recorder.Body.String())
	return recorder
}

// versioned is a world whose bucket keeps versions, behind a server that takes any signature.
func versioned(t *testing.T, test func(w *world)) {
	t.Helper()
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		w.direct("PUT", "/demo?versioning",
			"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
		test(w)
	})
}

// readBy holds the ways to read the object "k" with options.
var readBy = map[string]func(w *world, options s3client.GetOptions) ([]byte, error){
	"Get": func(w *world, options s3client.GetOptions) ([]byte, error) {
		reader, err := w.client.Get(context.Background(), "k", &options)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(reader)
		require.NoError(w, reader.Close())
		return content, err
	},
	"DownloadTo": func(w *world, options s3client.GetOptions) ([]byte, error) {
		var content bytes.Buffer
		err := w.client.DownloadTo(context.Background(), "k", &content,
			&s3client.DownloadOptions{GetOptions: options})
		return content.Bytes(), err
	},
	"Stat": func(w *world, options s3client.GetOptions) ([]byte, error) {
		_, err := w.client.Stat(context.Background(), "k", &options)
		return nil, err
	},
}

func TestReadWhoseConditionFailsIsTypedError(t *testing.T) {
	for way, read := range readBy {
		t.Run(way, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				before, after := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
				for _, c := range []struct {
					options s3client.GetOptions
					want    error
				}{
					{s3client.GetOptions{IfMatch: `"other"`}, s3client.ErrPreconditionFailed},
					{s3client.GetOptions{IfNoneMatch: w.etag("k")}, s3client.ErrNotModified},
					{s3client.GetOptions{IfModifiedSince: after}, s3client.ErrNotModified},
					{s3client.GetOptions{IfUnmodifiedSince: before}, s3client.ErrPreconditionFailed},
				} {
					sends := len(w.sends)
					_, err := read(w, c.options)
					require.ErrorIs(w, err, c.want, "%+v", c.options)
					require.ErrorIs(w, err, retry.ErrPermanent)
					require.NotErrorIs(w, err, s3client.ErrObjectChanged)
					require.Len(w, w.sends, sends+1)
				}
				for _, options := range []s3client.GetOptions{
					{IfMatch: w.etag("k")},
					{IfNoneMatch: `"other"`},
					{IfModifiedSince: before},
					{IfUnmodifiedSince: after},
				} {
					_, err := read(w, options)
					require.NoError(w, err, "%+v", options)
				}
			})
		})
	}
}

func TestDownloadThatIsNotModifiedLeavesTheFile(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.file("out", []byte("precious"))
		options := &s3client.DownloadOptions{GetOptions: s3client.GetOptions{IfNoneMatch: w.etag("k")}}
		require.ErrorIs(w, w.get(options), s3client.ErrNotModified)
		w.requireFile("out", []byte("precious"))
		require.Equal(w, []string{"out"}, w.files())
	})
}

// The conditions held when the read began.
func TestResumedReadDoesNotRepeatConditions(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(100_000))
		options := s3client.GetOptions{IfNoneMatch: `"other"`, IfModifiedSince: time.Now().Add(-time.Hour)}
		got, err := readBy["Get"](w, options)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content, got))
		require.NotEmpty(w, w.sends[0].header.Get("If-None-Match"))
		require.NotEmpty(w, w.sends[0].header.Get("If-Modified-Since"))
		require.Empty(w, w.sends[1].header.Get("If-None-Match"))
		require.Empty(w, w.sends[1].header.Get("If-Modified-Since"))
		require.Equal(w, w.etag("k"), w.sends[1].header.Get("If-Match"))
	})
}

func TestReadOfVersion(t *testing.T) {
	versioned(t, func(w *world) {
		first := w.direct("PUT", "/demo/k", "first").Header().Get("X-Amz-Version-Id")
		second := w.direct("PUT", "/demo/k", "second, longer").Header().Get("X-Amz-Version-Id")
		for version, want := range map[string]string{first: "first", second: "second, longer", "": "second, longer"} {
			w.on("GetObject", 1, cut(2))
			got, err := readBy["Get"](w, s3client.GetOptions{VersionID: version})
			require.NoError(w, err)
			require.Equal(w, want, string(got))
			info, err := w.client.Stat(context.Background(), "k", &s3client.StatOptions{VersionID: version})
			require.NoError(w, err)
			require.Equal(w, int64(len(want)), info.Size)
			if version != "" {
				require.Equal(w, version, info.VersionID)
			}
		}
		_, err := readBy["Get"](w, s3client.GetOptions{VersionID: "none-such"})
		require.Error(w, err)
	})
}

// crc32c is the CRC-32C of content as S3 writes it.
func crc32c(content []byte) string {
	sum := crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// multi uploads content as "k" in parts of the sizes, with the checksum of the parts' checksums.
func (w *world) multi(content []byte, sizes ...int) {
	w.Helper()
	created := w.direct("POST", "/demo/k?uploads", "",
		"X-Amz-Checksum-Algorithm", "CRC32C", "X-Amz-Checksum-Type", "COMPOSITE").Body.String()
	_, rest, _ := strings.Cut(created, "<UploadId>")
	id, _, _ := strings.Cut(rest, "</UploadId>")
	var list strings.Builder
	for i, length := range sizes {
		part := w.direct("PUT", fmt.Sprintf("/demo/k?partNumber=%d&uploadId=%s", i+1, id), string(content[:length]),
			"X-Amz-Sdk-Checksum-Algorithm", "CRC32C", "X-Amz-Checksum-Crc32c", crc32c(content[:length]))
		fmt.Fprintf(&list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><ChecksumCRC32C>%s</ChecksumCRC32C></Part>",
			i+1, part.Header().Get("Etag"), crc32c(content[:length]))
		content = content[length:]
	}
	require.Empty(w, content)
	w.direct("POST", "/demo/k?uploadId="+id, "<CompleteMultipartUpload>"+list.String()+"</CompleteMultipartUpload>")
}

func TestReadOfPart(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		content := noise(size)
		w.multi(content, 120_000, 120_000, 60_000)
		w.on("GetObject", 1, cut(50_000))
		reader := w.open(&s3client.GetOptions{PartNumber: 2})
		require.Equal(w, 3, reader.Info().PartsCount)
		require.Equal(w, int64(size), reader.Info().Size)
		require.Equal(w, int64(120_000), reader.Length())
		got, err := io.ReadAll(reader)
		require.NoError(w, err)
		require.True(w, bytes.Equal(content[120_000:240_000], got))
		require.NoError(w, reader.Close())
		require.Equal(w, "bytes=170000-239999", w.sends[1].header.Get("Range"))
		require.NotContains(w, w.sends[1].query, "partNumber", "S3 refuses both")

		w.on("GetObject", 1, flip)
		_, err = readBy["DownloadTo"](w, s3client.GetOptions{PartNumber: 3})
		require.ErrorIs(w, err, s3client.ErrIntegrity, "a part has its own checksum")

		info, err := w.client.Stat(context.Background(), "k", &s3client.StatOptions{PartNumber: 3})
		require.NoError(w, err)
		require.Equal(w, int64(60_000), info.Size)
		require.Equal(w, 3, info.PartsCount)
	})
}

// A server that does not know part numbers sends the whole object.
func TestReadOfPartRefusesTheWholeObject(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.unsigned()
		w.multi(noise(size), 200_000, 100_000)
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.URL.RawQuery = ""
			up.ServeHTTP(rw, r)
		})
		for _, number := range []int{1, 2} {
			_, err := readBy["DownloadTo"](w, s3client.GetOptions{PartNumber: number})
			require.ErrorIs(w, err, s3client.ErrIntegrity)
			require.ErrorContains(w, err, "ignored the part number")
		}
	})
}

// plain lets a server that does not encrypt answer a request with a customer key.
func plain(act action) action {
	return func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
		for _, name := range []string{"Algorithm", "Key", "Key-Md5"} {
			r.Header.Del("X-Amz-Server-Side-Encryption-Customer-" + name)
		}
		act(rw, r, up)
	}
}

func through(rw http.ResponseWriter, r *http.Request, up http.Handler) { up.ServeHTTP(rw, r) }

func TestReadWithCustomerKey(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	key := s3client.CustomerKey(secret)
	encoded := base64.StdEncoding.EncodeToString(secret)
	sum := md5.Sum(secret)
	for way, read := range readBy {
		t.Run(way, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				w.unsigned()
				w.on("GetObject", 1, plain(cut(1000))).on("GetObject", 0, plain(through))
				w.on("HeadObject", 0, plain(through))
				_, err := read(w, s3client.GetOptions{SSECustomerKey: key})
				require.ErrorContains(w, err, "want an endpoint with https")
				require.Empty(w, w.sends)

				w.client = s3client.AsHTTPS(w.client)
				_, err = read(w, s3client.GetOptions{SSECustomerKey: key})
				require.NoError(w, err)
				for _, s := range w.sends {
					require.Equal(w, "AES256", s.header.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm"))
					require.Equal(w, encoded, s.header.Get("X-Amz-Server-Side-Encryption-Customer-Key"))
					require.Equal(w, base64.StdEncoding.EncodeToString(sum[:]),
						s.header.Get("X-Amz-Server-Side-Encryption-Customer-Key-Md5"))
				}
				require.NotContains(w, w.logs.String(), encoded)
			})
		})
	}
}

func TestCustomerKeyIsNeverPrinted(t *testing.T) {
	key := s3client.CustomerKey("0123456789abcdef0123456789abcdef")
	options := s3client.GetOptions{SSECustomerKey: key}
	var logs bytes.Buffer
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("read", "key", key, "options", options)
	slog.New(slog.NewTextHandler(&logs, nil)).Info("read", "key", key, "options", options)
	fmt.Fprintf(&logs, "%v %+v %#v %x %s %q", options, options, options, key, key, key)
	document, err := json.Marshal(options)
	require.NoError(t, err)
	logs.Write(document)
	for _, secret := range []string{
		string(key), base64.StdEncoding.EncodeToString(key), fmt.Sprintf("%x", string(key)), "48 49 50",
	} {
		require.NotContains(t, logs.String(), secret)
	}
}

func TestOptionsThatMakeNoSenseSendNothing(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		for want, options := range map[string]s3client.GetOptions{
			`range "9-3"`:                     {Range: "9-3"},
			"part number -1: want 1 to 10000": {PartNumber: -1},
			"part number 10001: want 1 to":    {PartNumber: 10_001},
			"want at most one of them":        {PartNumber: 1, Range: "0-9"},
			"customer key of 5 bytes":         {SSECustomerKey: s3client.CustomerKey("short")},
		} {
			for way, read := range readBy {
				_, err := read(w, options)
				require.ErrorContains(w, err, want, way)
			}
		}
		_, err := readBy["Stat"](w, s3client.GetOptions{Range: "0-9"})
		require.ErrorContains(w, err, "range: want none")
		require.Empty(w, w.sends)
	})
}
