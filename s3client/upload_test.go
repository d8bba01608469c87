package s3client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// small makes multipart uploads of small objects.
var small = s3client.Config{PartSize: 64 << 10}

func TestUploadSendsALargeFileInParts(t *testing.T) {
	in(t, small, func(w *world) {
		content := noise(200_000)
		require.NoError(w, w.client.Upload(context.Background(), w.file("in", content), "k", nil))
		w.requireObject("k", content)
		require.Equal(w, 4, w.count("UploadPart"))
		require.Zero(w, w.count("PutObject"))
		w.requireNoUploads()

		object, _ := w.fake.Object("demo", "k")
		require.Equal(w, "FULL_OBJECT", object.ChecksumType)
		require.Equal(w, "CRC32", object.ChecksumAlgorithm)
	})
}

func TestUploadFromAPositionSendsTheRest(t *testing.T) {
	in(t, small, func(w *world) {
		for _, size := range []int{1000, 200_000} {
			content := noise(size)
			r := bytes.NewReader(content)
			_, err := r.Seek(100, io.SeekStart)
			require.NoError(w, err)
			require.NoError(w, w.client.UploadStream(context.Background(), r, "k", nil))
			w.requireObject("k", content[100:])
		}
	})
}

func TestAnEmptyUploadMakesAnEmptyObject(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.client.UploadStream(context.Background(), unseekable(nil), "stream", nil))
		require.NoError(w, w.client.Upload(context.Background(), w.file("in", nil), "file", nil))
		w.requireObject("stream", nil)
		w.requireObject("file", nil)
	})
}

func TestEveryPartIsRetriedOnItsOwn(t *testing.T) {
	config := small
	config.Concurrency = 1
	in(t, config, func(w *world) {
		content := noise(200_000)
		w.faults = []fault{{operation: "UploadPart", skip: 1, times: 2, act: respond(500, "InternalError")}}
		require.NoError(w, w.client.Upload(context.Background(), w.file("in", content), "k", nil))
		w.requireObject("k", content)
		require.Equal(w, 4+2, w.count("UploadPart"))
		byPart := map[int]int{}
		for _, a := range w.attempts {
			byPart[a.Part]++
		}
		require.Equal(w, map[int]int{0: 2, 1: 1, 2: 3, 3: 1, 4: 1}, byPart)
	})
}

func TestPartsGoUpTogetherButNoMoreThanAllowed(t *testing.T) {
	for _, concurrency := range []int{1, 3} {
		config := small
		config.Concurrency = concurrency
		in(t, config, func(w *world) {
			w.on("UploadPart", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
				time.Sleep(time.Second)
				up.ServeHTTP(rw, r)
			})
			start := time.Now()
			require.NoError(w, w.client.Upload(context.Background(), w.file("in", noise(6*64<<10)), "k", nil))
			require.Equal(w, time.Duration(6/concurrency)*time.Second, time.Since(start))
		})
	}
}

// The first pass over the source computes its checksum; the second sends it.
func TestASourceThatFailsWhileItIsSentIsNotRetried(t *testing.T) {
	// A file system over the network fails with errors that look worth a retry.
	var broken error = syscall.ECONNRESET
	for _, source := range []*failing{{err: broken}, {short: true}} {
		in(t, s3client.Config{}, func(w *world) {
			source.SectionReader = io.NewSectionReader(source, 0, 100_000)
			err := w.client.UploadStream(context.Background(), source, "k", nil)
			require.ErrorIs(w, err, retry.ErrPermanent)
			if source.err != nil {
				require.ErrorIs(w, err, broken)
			}
			require.Len(w, w.attempts, 1)
			require.Empty(w, w.fake.Keys("demo"))
		})
	}
}

// failing is content that can be read once.
type failing struct {
	*io.SectionReader
	read  int64
	err   error
	short bool
}

func (f *failing) ReadAt(p []byte, offset int64) (int, error) {
	if f.read >= 100_000 && offset >= 50_000 {
		if f.short {
			return 0, io.EOF
		}
		return 0, f.err
	}
	f.read += int64(len(p))
	return copy(p, make([]byte, len(p))), nil
}

func TestAFileThatShrinksIsNotStored(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		source := &failing{read: 100_000, short: true}
		source.SectionReader = io.NewSectionReader(source, 0, 100_000)
		err := w.client.UploadStream(context.Background(), source, "k", nil)
		require.ErrorContains(w, err, "changed while it was being uploaded")
		require.Empty(w, w.attempts)
	})
}

func TestChecksumsTravelWithEveryUpload(t *testing.T) {
	in(t, small, func(w *world) {
		require.NoError(w, w.client.UploadStream(context.Background(), strings.NewReader("hello"), "k", nil))
		require.NoError(w, w.client.UploadStream(context.Background(), unseekable(noise(100_000)), "k", nil))
		for _, s := range w.sends {
			switch s.operation {
			case "PutObject":
				require.Equal(w, "NhCmhg==", s.header.Get("X-Amz-Checksum-Crc32"))
			case "UploadPart", "CompleteMultipartUpload":
				require.NotEmpty(w, s.header.Get("X-Amz-Checksum-Crc32"), s.operation)
			case "CreateMultipartUpload":
				require.Equal(w, "FULL_OBJECT", s.header.Get("X-Amz-Checksum-Type"))
			}
			require.Empty(w, s.header.Get("Content-Encoding"), "no aws-chunked framing")
		}
	})
}

func TestAChecksumInTheAnswerMustBeOurs(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 0, answer(func(head http.Header, body []byte) []byte {
			head.Set("X-Amz-Checksum-Crc32", "AAAAAA==")
			return body
		}))
		err := w.client.UploadStream(context.Background(), strings.NewReader("hello"), "k", nil)
		require.ErrorIs(w, err, s3client.ErrIntegrity)
		require.Equal(w, 3, w.count("PutObject"))
	})
}

func TestAnAnswerThatIsNotS3sIsNoSuccess(t *testing.T) {
	in(t, small, func(w *world) {
		for _, operation := range []string{
			"PutObject", "CreateMultipartUpload", "UploadPart",
			"CompleteMultipartUpload", "ListObjectsV2", "HeadObject", "GetObject",
		} {
			w.on(operation, 1, instead("<html>welcome to the hotel network</html>"))
			w.on(operation, 1, instead(""))
		}
		ctx, content := context.Background(), noise(100_000)
		require.NoError(w, w.client.UploadStream(ctx, bytes.NewReader(content), "big", nil))
		w.requireObject("big", content)
		require.NoError(w, w.client.UploadStream(ctx, bytes.NewReader(content[:100]), "small", nil))
		w.requireObject("small", content[:100])
		list, err := collect(w.client.List(ctx, "", nil))
		require.NoError(w, err)
		require.Len(w, list, 2)
		there, err := w.client.Exists(ctx, "nothing")
		require.NoError(w, err)
		require.False(w, there)
		require.NoError(w, w.client.Download(ctx, "big", w.path("out"), nil))
		w.requireFile("out", content)
	})
}

func TestASourceThatFailsIsNotRetried(t *testing.T) {
	broken := errors.New("disk on fire")
	in(t, small, func(w *world) {
		err := w.client.UploadStream(context.Background(),
			io.MultiReader(bytes.NewReader(noise(100_000)), iotest.ErrReader(broken)), "k", nil)
		require.ErrorIs(w, err, broken)
		w.requireNoUploads()
		require.Empty(w, w.fake.Keys("demo"), "half a stream is no object")
		require.Less(w, w.count("UploadPart"), 2)
	})
}

func TestAMissingFileSendsNothing(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		err := w.client.Upload(context.Background(), w.path("no such file"), "k", nil)
		require.ErrorIs(w, err, os.ErrNotExist)
		require.Error(w, w.client.Upload(context.Background(), w.dir, "k", nil))
		require.Empty(w, w.sends)
	})
}

func TestMetadataAndContentTypeAreStored(t *testing.T) {
	in(t, small, func(w *world) {
		for _, size := range []int{10, 100_000} {
			require.NoError(w,
				w.client.UploadStream(context.Background(), bytes.NewReader(noise(size)), "k", &s3client.UploadOptions{
					ContentType: "text/plain", Metadata: map[string]string{"owner": "me"},
				}))
			object, _ := w.fake.Object("demo", "k")
			require.Equal(w, map[string]string{"owner": "me"}, object.Metadata)
			require.Equal(w, "text/plain", object.Header["Content-Type"])
		}
	})
}

func TestPartsGrowUntilTheFileFits(t *testing.T) {
	in(t, s3client.Config{PartSize: 64}, func(w *world) {
		w.on("UploadPart", 0, respond(403, "AccessDenied"))
		require.Error(w, w.put("k", noise(70*s3client.MaxParts-1), nil))
		for _, s := range w.sends {
			if s.operation == "UploadPart" {
				require.EqualValues(w, 70, s.length)
			}
		}
	})
}

// code is S3's error code in err.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
