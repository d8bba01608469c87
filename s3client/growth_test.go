package s3client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// A client whose uploads may have 100 parts stands for one with 10,000.
func TestPartsOfALongStreamGrowWithinTheBoundOfMemory(t *testing.T) {
	config := s3client.Config{PartSize: 1 << 10, Concurrency: 4, StreamMemory: 8 << 10, MaxParts: 100}
	in(t, config, func(w *world) {
		var stored, most, atOnce, mostAtOnce atomic.Int64
		source := &atomicReader{r: bytes.NewReader(noise(500 << 10))}
		w.on("UploadPart", 0, func(rw http.ResponseWriter, r *http.Request, upstream http.Handler) {
			if r.ContentLength == 8<<10 {
				mostAtOnce.Store(max(mostAtOnce.Load(), atOnce.Add(1)))
			}
			most.Store(max(most.Load(), source.n.Load()-stored.Load()))
			time.Sleep(time.Second)
			upstream.ServeHTTP(rw, r)
			stored.Add(r.ContentLength)
			if r.ContentLength == 8<<10 {
				atOnce.Add(-1)
			}
		})
		require.NoError(w, w.client.UploadStream(context.Background(), source, "k", nil))
		w.requireObject("k", noise(500<<10))
		var sizes []int64
		for _, s := range w.sends {
			if s.operation == "UploadPart" {
				sizes = append(sizes, s.length)
			}
		}
		slices.Sort(sizes)
		require.LessOrEqual(w, len(sizes), 100)
		require.EqualValues(w, 1<<10, sizes[9], "a tenth of the parts has the first size")
		require.EqualValues(w, 8<<10, sizes[len(sizes)-1])
		require.LessOrEqual(w, most.Load(), int64(8<<10+1), "bytes that were read and not stored, and one read ahead")
		require.EqualValues(w, 1, mostAtOnce.Load(), "parts of the size of the bound")
	})
}

// atomicReader counts what was read. It has no method but Read.
type atomicReader struct {
	r io.Reader
	n atomic.Int64
}

func (r *atomicReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n.Add(int64(n))
	return n, err
}

// The sizes add up to what S3 allows, by the arithmetic of the client's own parts.
func TestStreamOfFiveTebibytesFitsIntoTheDefaultMemory(t *testing.T) {
	for memory, want := range map[int64]int64{s3client.DefaultStreamMemory: 5 << 40, 64 << 20: 500 << 30} {
		require.GreaterOrEqual(t, s3client.LongestStream(s3client.DefaultPartSize, memory, s3client.MaxParts), want)
	}
}

func TestStreamMemoryBelowAPartIsRefused(t *testing.T) {
	_, err := s3client.New(s3client.Config{
		Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey, StreamMemory: 1 << 20,
	})
	require.ErrorContains(t, err, "StreamMemory 1048576: want PartSize or more, 8388608 bytes")
}
