// Realclients is a day of minio-go. run.sh runs it beside the other real clients of S3.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// day is what the environment says: the bucket to work in, and the files to send.
type day struct {
	client           *minio.Client
	bucket           string
	tree, big, small string
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "minio-go:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%d arguments: want the name of a step", len(args))
	}
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL"))
	if err != nil {
		return err
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewEnvAWS(), Secure: endpoint.Scheme == "https", Region: os.Getenv("AWS_REGION"),
	})
	if err != nil {
		return err
	}
	d := &day{
		client: client, bucket: os.Getenv("BUCKET"), tree: os.Getenv("TREE"), big: os.Getenv("BIG"),
		small: os.Getenv("SMALL"),
	}
	steps := map[string]func(context.Context) error{
		"put": d.put, "get": d.get, "list": d.list, "multipart": d.multipart, "sync": d.sync, "delete": d.delete,
	}
	step := steps[args[0]]
	if step == nil {
		return fmt.Errorf("step %q: want put, get, list, multipart, sync or delete", args[0])
	}
	return step(ctx)
}

func (d *day) put(ctx context.Context) error {
	if err := d.client.MakeBucket(ctx, d.bucket, minio.MakeBucketOptions{}); err != nil {
		return err
	}
	_, err := d.client.FPutObject(ctx, d.bucket, "small", d.small, minio.PutObjectOptions{})
	return err
}

func (d *day) get(ctx context.Context) error { return d.compare(ctx, "small", d.small) }

// compare reads an object and compares it with a file.
func (d *day) compare(ctx context.Context, key, file string) error {
	object, err := d.client.GetObject(ctx, d.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close()
	got, err := io.ReadAll(object)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: %d bytes differ from those of %s", key, len(got), file)
	}
	return nil
}

func (d *day) list(ctx context.Context) error {
	if err := d.upload(ctx, "listed/"); err != nil {
		return err
	}
	return d.wantKeys(ctx, 301)
}

// wantKeys lists the bucket over pages.
func (d *day) wantKeys(ctx context.Context, want int) error {
	keys := 0
	for object := range d.client.ListObjects(ctx, d.bucket, minio.ListObjectsOptions{Recursive: true, MaxKeys: 50}) {
		if object.Err != nil {
			return object.Err
		}
		keys++
	}
	if keys != want {
		return fmt.Errorf("%d keys: want %d", keys, want)
	}
	return nil
}

// upload sends the files of the tree.
func (d *day) upload(ctx context.Context, prefix string) error {
	return d.walk(func(name, file string) error {
		_, err := d.client.FPutObject(ctx, d.bucket, prefix+name, file, minio.PutObjectOptions{})
		return err
	})
}

// walk calls f with the files of the tree: the path below the tree, and the whole path.
func (d *day) walk(f func(name, file string) error) error {
	return filepath.WalkDir(d.tree, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(d.tree, file)
		if err != nil {
			return err
		}
		return f(name, file)
	})
}

func (d *day) multipart(ctx context.Context) error {
	options := minio.PutObjectOptions{PartSize: 5 << 20}
	if _, err := d.client.FPutObject(ctx, d.bucket, "big", d.big, options); err != nil {
		return err
	}
	return d.compare(ctx, "big", d.big)
}

func (d *day) sync(ctx context.Context) error {
	if err := d.upload(ctx, "tree/"); err != nil {
		return err
	}
	return d.walk(func(name, file string) error { return d.compare(ctx, "tree/"+name, file) })
}

func (d *day) delete(ctx context.Context) error {
	objects := d.client.ListObjects(ctx, d.bucket, minio.ListObjectsOptions{Recursive: true, MaxKeys: 50})
	for failed := range d.client.RemoveObjects(ctx, d.bucket, objects, minio.RemoveObjectsOptions{}) {
		return fmt.Errorf("delete %s: %w", failed.ObjectName, failed.Err)
	}
	if err := d.wantKeys(ctx, 0); err != nil {
		return err
	}
	return d.client.RemoveBucket(ctx, d.bucket)
}
