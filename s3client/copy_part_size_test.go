package s3client_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestCopyAboveCopyPartSizeGoesInParts(t *testing.T) {
	for size, parts := range map[int]int{5 << 20: 0, 5<<20 + 1: 2} {
		in(t, s3client.Config{CopyPartSize: 5 << 20}, func(w *world) {
			require.NoError(w, w.fake.Put("demo", "from", noise(size)))
			require.NoError(w, w.client.Copy(context.Background(), "from", "to", nil))
			w.requireObject("to", noise(size))
			require.Equal(w, parts, w.count("UploadPartCopy"))
		})
	}
}

func TestConfigRefusesCopyPartSizeThatS3CannotCopy(t *testing.T) {
	for _, size := range []int64{-1, s3client.MaxCopySize + 1} {
		_, err := s3client.New(s3client.Config{
			Bucket: "demo", AccessKey: "key", SecretKey: "secret", CopyPartSize: size,
		})
		require.ErrorContains(t, err, "CopyPartSize")
	}
}
