package s3client_test

import (
	"context"
	"encoding/xml"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// copiedInParts runs test in a world whose bucket holds "from", an object of 1,000 bytes. The
// client copies it in four parts.
func copiedInParts(t *testing.T, test func(w *world)) {
	in(t, s3client.Config{Concurrency: 2}, func(w *world) {
		w.unsigned()
		require.NoError(w, w.put("from", noise(1000), &s3client.UploadOptions{
			ContentType: "text/csv", CacheControl: "max-age=60", ContentDisposition: "inline",
			Metadata: map[string]string{"owner": "me"}, Tags: map[string]string{"a": "b c"},
		}))
		w.client = s3client.WithCopySizes(w.client, 999, 300)
		test(w)
	})
}

func TestLargeCopyInPartsIsTheSameObject(t *testing.T) {
	for _, inParts := range []bool{false, true} {
		copiedInParts(t, func(w *world) {
			if !inParts {
				w.client = s3client.WithCopySizes(w.client, 1000, 300)
			}
			result, err := w.client.CopyObject(context.Background(), "from", "a b+ü", nil)
			require.NoError(w, err)
			w.requireObject("a b+ü", noise(1000))
			from, _ := w.fake.Object("demo", "from")
			to, _ := w.fake.Object("demo", "a b+ü")
			require.Equal(w, from.Header, to.Header)
			require.Equal(w, from.Metadata, to.Metadata)
			require.Equal(w, from.Checksum, to.Checksum, "the same checksum of the whole object")
			require.Equal(w, "FULL_OBJECT", to.ChecksumType)
			require.Equal(w, &s3client.UploadResult{
				ETag: to.ETag, Size: 1000, Checksum: to.Checksum, ChecksumAlgorithm: "CRC32",
			}, result)
			require.Equal(w, "b c", w.tags("a b+ü")["a"])
			w.requireNoUploads()
			if inParts {
				require.Equal(w, 4, w.count("UploadPartCopy"))
				require.Zero(w, w.count("CopyObject"))
			}
		})
	}
}

// tags reads the tags of an object from a server that takes unsigned requests.
func (w *world) tags(key string) map[string]string {
	recorder := httptest.NewRecorder()
	target := (&url.URL{Scheme: "http", Host: "s3.test", Path: "/demo/" + key, RawQuery: "tagging"}).String()
	w.fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, target, nil))
	var set struct {
		Tags []struct{ Key, Value string } `xml:"TagSet>Tag"`
	}
	require.NoError(w, xml.Unmarshal(recorder.Body.Bytes(), &set))
	tags := map[string]string{}
	for _, tag := range set.Tags {
		tags[tag.Key] = tag.Value
	}
	return tags
}

func TestLargeCopySurvivesFaults(t *testing.T) {
	for _, act := range []action{
		lose, reset, respond(503, "SlowDown"), instead("<html>hello</html>"),
		instead(`<?xml version="1.0"?><Error><Code>InternalError</Code></Error>`),
	} {
		copiedInParts(t, func(w *world) {
			w.on("UploadPartCopy", 1, act).on("GetObjectTagging", 1, act)
			w.on("HeadObject", 1, act).on("CompleteMultipartUpload", 1, act)
			require.NoError(w, w.copy("from", "to"))
			w.requireObject("to", noise(1000))
			w.requireNoUploads()
		})
	}
}

func TestLargeCopyOfASourceThatChangesMeanwhileLeavesNothing(t *testing.T) {
	copiedInParts(t, func(w *world) {
		w.faults = []fault{{operation: "UploadPartCopy", skip: 1, times: 1, act: func(
			rw http.ResponseWriter, r *http.Request, upstream http.Handler,
		) {
			require.NoError(w, w.fake.Put("demo", "from", noise(1000)[:999]))
			upstream.ServeHTTP(rw, r)
		}}}
		require.Equal(w, "PreconditionFailed", code(w.copy("from", "to")))
		_, there := w.fake.Object("demo", "to")
		require.False(w, there)
		w.requireNoUploads()
	})
}

func TestLargeCopyWhoseEveryResponseIsLostIsSettled(t *testing.T) {
	copiedInParts(t, func(w *world) {
		w.on("CompleteMultipartUpload", 0, lose)
		require.NoError(w, w.copy("from", "to"))
		w.requireObject("to", noise(1000))
	})
}

func TestLargeCopyThatFailsIsAborted(t *testing.T) {
	copiedInParts(t, func(w *world) {
		w.on("UploadPartCopy", 0, respond(403, "AccessDenied"))
		require.Equal(w, "AccessDenied", code(w.copy("from", "to")))
		require.NotZero(w, w.count("AbortMultipartUpload"))
		w.requireNoUploads()
	})
}

func TestLargeCopyHasPartsEnough(t *testing.T) {
	copiedInParts(t, func(w *world) {
		w.on("HeadObject", 1, func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rw.Header().Set("Content-Length", strconv.Itoa(5<<40))
			rw.Header().Set("Etag", `"e"`)
		})
		w.on("UploadPartCopy", 0, func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
			time.Sleep(time.Second) // until both parts have arrived
			respond(403, "AccessDenied")(rw, r, upstream)
		})
		w.client = s3client.WithCopySizes(w.client, 999, 1000)
		require.Error(w, w.copy("from", "to"))
		var ranges []string
		for _, s := range w.sends {
			ranges = append(ranges, s.header.Get("X-Amz-Copy-Source-Range"))
		}
		require.Contains(w, ranges, "bytes=0-549755813")
	})
}

func TestCopyOptionsReplaceWhatTheyName(t *testing.T) {
	for _, most := range []int64{1000, 999} {
		copiedInParts(t, func(w *world) {
			w.client = s3client.WithCopySizes(w.client, most, 300)
			ctx := context.Background()
			_, err := w.client.CopyObject(ctx, "from", "to", &s3client.CopyOptions{
				MetadataDirective: types.MetadataDirectiveReplace,
				Target: s3client.UploadOptions{
					ContentType: "text/html", Metadata: map[string]string{"x": "y"},
					Tags:         map[string]string{"new": "tag"},
					StorageClass: types.StorageClassGlacierIr, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
				},
			})
			require.NoError(w, err)
			object, _ := w.fake.Object("demo", "to")
			require.Equal(w, map[string]string{
				"Content-Type": "text/html", "X-Amz-Storage-Class": "GLACIER_IR",
			}, object.Header)
			require.Equal(w, map[string]string{"x": "y"}, object.Metadata)
			require.Equal(w, "SHA256", object.ChecksumAlgorithm)
			require.Equal(w, map[string]string{"new": "tag"}, w.tags("to"))

			require.NoError(w, w.client.Copy(ctx, "from", "bare",
				&s3client.CopyOptions{TaggingDirective: types.TaggingDirectiveReplace}))
			require.Empty(w, w.tags("bare"))
			bare, _ := w.fake.Object("demo", "bare")
			require.Equal(w, map[string]string{"owner": "me"}, bare.Metadata)
		})
	}
}

func TestConditionalCopyMarksItsObject(t *testing.T) {
	for _, most := range []int64{1000, 999} {
		copiedInParts(t, func(w *world) {
			w.client = s3client.WithCopySizes(w.client, most, 300)
			onlyNew := &s3client.CopyOptions{Target: s3client.UploadOptions{IfNoneMatch: "*"}}
			w.on("CopyObject", 3, lose).on("CompleteMultipartUpload", 3, lose)
			_, err := w.client.CopyObject(context.Background(), "from", "to", onlyNew)
			require.NoError(w, err)
			from, _ := w.fake.Object("demo", "from")
			to, _ := w.fake.Object("demo", "to")
			require.Len(w, to.Metadata, 2)
			require.Equal(w, from.Header, to.Header)
			metadata := maps.Clone(to.Metadata)
			delete(metadata, "s3client-write")
			require.Equal(w, from.Metadata, metadata)

			_, err = w.client.CopyObject(context.Background(), "from", "to", onlyNew)
			require.Equal(w, "PreconditionFailed", code(err))
			require.NotErrorIs(w, err, s3client.ErrOutcomeUnknown)
			w.requireNoUploads()
		})
	}
}

func TestCopyOfAVersionAndOfAnETag(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.versions()
		first, err := w.putObject("from", noise(10), nil)
		require.NoError(w, err)
		second, err := w.putObject("from", noise(20), nil)
		require.NoError(w, err)
		ctx := context.Background()
		require.NoError(w, w.client.Copy(ctx, "from", "to", &s3client.CopyOptions{SourceVersionID: first.VersionID}))
		w.requireObject("to", noise(10))
		require.NoError(w, w.client.Copy(ctx, "from", "to", &s3client.CopyOptions{SourceIfMatch: second.ETag}))
		w.requireObject("to", noise(20))
		require.ErrorIs(w, w.client.Copy(ctx, "from", "to", &s3client.CopyOptions{SourceIfMatch: first.ETag}),
			s3client.ErrObjectChanged)
	})
}

func TestBadCopyOptionsAreRefusedBeforeSending(t *testing.T) {
	for text, options := range map[string]s3client.CopyOptions{
		`MetadataDirective "x": want COPY or REPLACE`: {MetadataDirective: "x"},
		`TaggingDirective "x": want COPY or REPLACE`:  {TaggingDirective: "x"},
		"Target: want MetadataDirective REPLACE":      {Target: s3client.UploadOptions{ContentType: "a/b"}},
		"Target.Tags: want TaggingDirective REPLACE": {
			TaggingDirective: "COPY", Target: s3client.UploadOptions{Tags: map[string]string{"a": "b"}},
		},
		"Target.ResumeFile: want none":         {Target: s3client.UploadOptions{ResumeFile: "x"}},
		`IfNoneMatch "x": want "*"`:            {Target: s3client.UploadOptions{IfNoneMatch: "x"}},
		"want an endpoint with https: the key": {SourceSSECustomerKey: make([]byte, 32)},
		"customer key of 5 bytes: want 32":     {SourceSSECustomerKey: make([]byte, 5)},
	} {
		in(t, s3client.Config{}, func(w *world) {
			require.ErrorContains(w, w.client.Copy(context.Background(), "from", "to", &options), text)
			require.Empty(w, w.sends)
		})
	}
}
