package s3client_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/s3client"
)

// waysToRead are the ways to read a large object, each with the content that it gave.
var waysToRead = map[string]func(ctx context.Context, c *s3client.Client, dir string) ([]byte, error){
	"Get": func(ctx context.Context, c *s3client.Client, _ string) ([]byte, error) {
		reader, err := c.Get(ctx, "large", nil)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(reader)
		if closeErr := reader.Close(); err == nil {
			err = closeErr
		}
		return content, err
	},
	"DownloadTo": func(ctx context.Context, c *s3client.Client, _ string) ([]byte, error) {
		var content bytes.Buffer
		err := c.DownloadTo(ctx, "large", &content, nil)
		return content.Bytes(), err
	},
	"ranges": func(ctx context.Context, c *s3client.Client, dir string) ([]byte, error) {
		path := filepath.Join(dir, "out")
		if err := c.Download(ctx, "large", path, &s3client.DownloadOptions{Concurrency: 3}); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	},
	"directory": func(ctx context.Context, c *s3client.Client, dir string) ([]byte, error) {
		if _, err := c.DownloadDir(ctx, "", dir, nil); err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(dir, "large"))
	},
}

// Every fault, twice, at every request of every way to read: the content is right, or the error
// says that it is not.
func TestEveryWayToReadSurvivesEveryFault(t *testing.T) {
	for way, read := range waysToRead {
		for _, operation := range []string{"GetObject", "HeadObject", "ListObjectsV2"} {
			if operation == "HeadObject" && way != "ranges" || operation == "ListObjectsV2" && way != "directory" {
				continue
			}
			faults := anywhere
			if operation != "HeadObject" {
				faults = slices.Concat(anywhere, inTheBody)
			}
			for _, fault := range faults {
				t.Run(way+" "+operation+" "+fault, func(t *testing.T) {
					t.Parallel()
					rule := "{match: {operation: " + operation + "}, times: 2, " + fault + "}"
					synctest.Test(t, func(t *testing.T) { surviveRead(t, rule, way, read) })
				})
			}
		}
	}
}

func surviveRead(
	t *testing.T, rule, way string, read func(ctx context.Context, c *s3client.Client, dir string) ([]byte, error),
) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	content := noise(200_000)
	require.NoError(t, fake.Put("demo", "large", content))
	lab := faulttest.LabConfig{}.New(t, fake)
	parsed, err := faultproxy.ParseRule(rule)
	require.NoError(t, err)
	lab.Add(parsed)
	client, err := s3client.New(s3client.Config{
		Endpoint: lab.URL(), Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: lab.HTTPClient(), Retry: policy(nil), PartSize: 30_000,
	})
	require.NoError(t, err)
	got, err := read(context.Background(), client, t.TempDir())
	if streamed := way == "Get" || way == "DownloadTo"; streamed && strings.Contains(rule, "corrupt") {
		require.ErrorIs(t, err, s3client.ErrIntegrity, "the bytes were given out")
	} else {
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got))
	}
	client.CloseIdleConnections()
	synctest.Wait()
}
