package scenarios_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

// The clients of these tests have one defect each. The tests show that the drills fail for them.

type newClient = func(scenarios.ClientConfig) (scenarios.Client, error)

// flawed is the correct client with some methods replaced. A nil field keeps the method of that
// client.
type flawed struct {
	scenarios.Client
	upload   func(ctx context.Context, bucket, key, path string, progress func(int64)) error
	stream   func(ctx context.Context, bucket, key string, s scenarios.Stream) error
	download func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error
	list     func(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error)
	remove   func(ctx context.Context, bucket, key string) error
	exists   func(ctx context.Context, bucket, key string) (bool, error)
}

func (f flawed) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	if f.upload != nil {
		return f.upload(ctx, bucket, key, path, progress)
	}
	return f.Client.Upload(ctx, bucket, key, path, progress)
}

func (f flawed) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	if f.stream != nil {
		return f.stream(ctx, bucket, key, s)
	}
	return f.Client.UploadStream(ctx, bucket, key, s)
}

func (f flawed) Download(ctx context.Context, bucket, key, path string, span *scenarios.Range,
	progress func(int64),
) error {
	if f.download != nil {
		return f.download(ctx, bucket, key, path, span, progress)
	}
	return f.Client.Download(ctx, bucket, key, path, span, progress)
}

func (f flawed) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	if f.list != nil {
		return f.list(ctx, bucket, prefix, maxKeys)
	}
	return f.Client.List(ctx, bucket, prefix, maxKeys)
}

func (f flawed) Delete(ctx context.Context, bucket, key string) error {
	if f.remove != nil {
		return f.remove(ctx, bucket, key)
	}
	return f.Client.Delete(ctx, bucket, key)
}

func (f flawed) Exists(ctx context.Context, bucket, key string) (bool, error) {
	if f.exists != nil {
		return f.exists(ctx, bucket, key)
	}
	return f.Client.Exists(ctx, bucket, key)
}

// with returns a constructor that changes the correct client.
func with(change func(c scenarios.ClientConfig, f *flawed)) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		f := flawed{Client: good}
		change(c, &f)
		return f, err
	}
}

// believesAnyBody treats every body with status 200 as the object. It checks neither length nor
// checksum.
var believesAnyBody = with(func(c scenarios.ClientConfig, f *flawed) {
	f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
		body, err := plainGet(ctx, c, bucket, key)
		if err != nil {
			return err
		}
		return os.WriteFile(path, body, 0o600)
	}
})

func plainGet(ctx context.Context, c scenarios.ClientConfig, bucket, key string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+"/"+bucket+"/"+key, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// uploadParts begins a multipart upload and does not complete it.
func uploadParts(ctx context.Context, c scenarios.ClientConfig, bucket, key string, content []byte) (*s3.Client,
	*string, []types.CompletedPart, error,
) {
	client := planted.OnceSDK(c)
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, nil, nil, err
	}
	var parts []types.CompletedPart
	for number := int32(1); len(content) > 0; number++ {
		part := content[:min(len(content), 5<<20)]
		content = content[len(part):]
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &bucket, Key: &key, UploadId: created.UploadId, PartNumber: &number, Body: bytes.NewReader(part),
		})
		if err != nil {
			return nil, nil, nil, err
		}
		parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(number)})
	}
	return client, created.UploadId, parts, nil
}

var errTool = fmt.Errorf("the tool gave up")

// kinds returns the kinds of the findings of a drill in order, and then those of its notes.
func kinds(r *scenarios.Result) []string {
	var kinds []string
	for _, reason := range r.Reasons {
		kinds = append(kinds, reason.Kind)
	}
	for _, note := range r.Notes {
		kinds = append(kinds, note.Kind+" (note)")
	}
	return kinds
}
