// S3chaos-minio-go is minio-go as a session of s3chaos: it reads a line of JSON for each step, and
// writes a line of JSON when the step has ended. See scenarios/adapter/README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// call is one step.
type call struct {
	Verb         string   `json:"verb"`
	Bucket       string   `json:"bucket"`
	Key          string   `json:"key"`
	File         string   `json:"file"`
	First        *int64   `json:"first"`
	Last         *int64   `json:"last"`
	Suffix       int64    `json:"suffix"`
	Prefix       string   `json:"prefix"`
	MaxKeys      int      `json:"max_keys"`
	Keys         []string `json:"keys"`
	SourceBucket string   `json:"source_bucket"`
	SourceKey    string   `json:"source_key"`
	PartSize     uint64   `json:"part_size"` // 0: as minio-go chooses
}

// answer is how a step ended.
type answer struct {
	OK     bool     `json:"ok"`
	Error  string   `json:"error,omitempty"`
	Code   string   `json:"code,omitempty"`
	Keys   []string `json:"keys,omitempty"`
	Found  bool     `json:"found,omitempty"`
	Size   int64    `json:"size,omitempty"`
	Failed []string `json:"failed,omitempty"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("minio-go", version())
		return
	}
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "s3chaos-minio-go:", err)
		os.Exit(1)
	}
}

// version returns the version of minio-go that the program is built with.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if strings.HasPrefix(dep.Path, "github.com/minio/minio-go/") {
			return dep.Version
		}
	}
	return "unknown"
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL"))
	if err != nil {
		return err
	}
	lookup := minio.BucketLookupPath
	if os.Getenv("S3CHAOS_STYLE") == "virtual" {
		lookup = minio.BucketLookupDNS
	}
	if longest := os.Getenv("S3CHAOS_RETRY_CAP"); longest != "" {
		if minio.DefaultRetryCap, err = time.ParseDuration(longest); err != nil {
			return fmt.Errorf("S3CHAOS_RETRY_CAP: %w", err)
		}
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewEnvAWS(), Secure: endpoint.Scheme == "https", Region: os.Getenv("AWS_REGION"),
		BucketLookup: lookup,
	})
	if err != nil {
		return err
	}
	calls, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	for {
		var c call
		if err := calls.Decode(&c); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		a := answer{}
		if err := perform(ctx, client, &c, &a); err != nil {
			a.Error, a.Code = err.Error(), minio.ToErrorResponse(err).Code
		} else {
			a.OK = true
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func perform(ctx context.Context, client *minio.Client, c *call, a *answer) (err error) {
	switch c.Verb {
	case "upload":
		_, err = client.FPutObject(ctx, c.Bucket, c.Key, c.File, minio.PutObjectOptions{PartSize: c.PartSize})
	case "upload_stream":
		err = uploadStream(ctx, client, c)
	case "download":
		err = client.FGetObject(ctx, c.Bucket, c.Key, c.File, minio.GetObjectOptions{})
	case "ranged":
		err = ranged(ctx, client, c)
	case "list":
		options := minio.ListObjectsOptions{Prefix: c.Prefix, Recursive: true, MaxKeys: c.MaxKeys}
		for object := range client.ListObjects(ctx, c.Bucket, options) {
			if object.Err != nil {
				return object.Err
			}
			a.Keys = append(a.Keys, object.Key)
		}
	case "delete":
		err = client.RemoveObject(ctx, c.Bucket, c.Key, minio.RemoveObjectOptions{})
	case "delete_many":
		err = deleteMany(ctx, client, c, a)
	case "exists":
		_, err = client.StatObject(ctx, c.Bucket, c.Key, minio.StatObjectOptions{})
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil
		}
		a.Found = err == nil
	case "stat":
		var info minio.ObjectInfo
		info, err = client.StatObject(ctx, c.Bucket, c.Key, minio.StatObjectOptions{})
		a.Size = info.Size
	case "copy":
		_, err = client.CopyObject(ctx, minio.CopyDestOptions{Bucket: c.Bucket, Object: c.Key},
			minio.CopySrcOptions{Bucket: c.SourceBucket, Object: c.SourceKey})
	default:
		err = fmt.Errorf("verb %q: it is not one that this program takes", c.Verb)
	}
	return err
}

// uploadStream hides the size of the file, so that minio-go reads it as it reads a pipe.
func uploadStream(ctx context.Context, client *minio.Client, c *call) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = client.PutObject(ctx, c.Bucket, c.Key, io.MultiReader(file), -1,
		minio.PutObjectOptions{PartSize: c.PartSize})
	return err
}

func ranged(ctx context.Context, client *minio.Client, c *call) (err error) {
	options := minio.GetObjectOptions{}
	switch {
	case c.Suffix > 0:
		err = options.SetRange(0, -c.Suffix)
	case c.Last != nil:
		err = options.SetRange(*c.First, *c.Last)
	case *c.First > 0: // SetRange(0, 0) asks for the first byte alone
		err = options.SetRange(*c.First, 0)
	}
	if err != nil {
		return err
	}
	object, err := client.GetObject(ctx, c.Bucket, c.Key, options)
	if err != nil {
		return err
	}
	defer object.Close()
	file, err := os.Create(c.File)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, object); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

func deleteMany(ctx context.Context, client *minio.Client, c *call, a *answer) (first error) {
	objects := make(chan minio.ObjectInfo, len(c.Keys))
	for _, key := range c.Keys {
		objects <- minio.ObjectInfo{Key: key}
	}
	close(objects)
	for failed := range client.RemoveObjects(ctx, c.Bucket, objects, minio.RemoveObjectsOptions{}) {
		if first == nil {
			first = failed.Err
		}
		if failed.ObjectName != "" {
			a.Failed = append(a.Failed, failed.ObjectName)
		}
	}
	return first
}
