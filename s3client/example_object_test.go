package s3client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/s3client"
)

// temporary returns a new directory and a function that removes it.
func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

func ExampleClient_Stat() {
	client, stop := demo("report.csv", "a,b\n1,2\n")
	defer stop()

	ctx := context.Background()
	info, err := client.Stat(ctx, "report.csv", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Key, info.Size, info.ETag)
	_, err = client.Stat(ctx, "report.csv", &s3client.StatOptions{IfNoneMatch: info.ETag})
	fmt.Println("not modified:", errors.Is(err, s3client.ErrNotModified))
	// Output:
	// report.csv 8 "e5ebd4c02cefbe7955977c67ada242b7"
	// not modified: true
}

func ExampleIsNotFound() {
	client, stop := demo()
	defer stop()

	_, err := client.Stat(context.Background(), "missing", nil)
	fmt.Println(s3client.IsNotFound(err))
	// Output: true
}

func ExampleClient_Exists() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	ctx := context.Background()
	fmt.Println(client.Exists(ctx, "a.txt"))
	fmt.Println(client.Exists(ctx, "b.txt"))
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleClient_Upload() {
	client, stop := demo()
	defer stop()
	dir, remove := temporary()
	defer remove()

	path := filepath.Join(dir, "dump.tar")
	if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
		log.Fatal(err)
	}
	err := client.Upload(context.Background(), path, "2026/dump.tar", func(done, total int64) {
		if done == total {
			fmt.Println(done, "of", total, "bytes")
		}
	})
	fmt.Println(err)
	// Output:
	// 1000 of 1000 bytes
	// <nil>
}

func ExampleClient_UploadStream() {
	client, stop := demo()
	defer stop()

	ctx := context.Background()
	fmt.Println(client.UploadStream(ctx, strings.NewReader("hello"), "a.txt", nil))
	fmt.Println(client.Exists(ctx, "a.txt"))
	// Output:
	// <nil>
	// true <nil>
}

func ExampleClient_Download() {
	client, stop := demo("a.txt", "hello, world")
	defer stop()
	dir, remove := temporary()
	defer remove()

	path := filepath.Join(dir, "a.txt")
	if err := client.Download(context.Background(), "a.txt", path, nil); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(path)
	fmt.Println(string(content), err)
	// Output: hello, world <nil>
}

// The ranges are written as they arrive, each at its place in the file.
func ExampleClient_DownloadAt() {
	client, stop := demo("large.bin", strings.Repeat("x", 300_000))
	defer stop()
	dir, remove := temporary()
	defer remove()

	file, err := os.Create(filepath.Join(dir, "large.bin"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only its size is read below
	err = client.DownloadAt(context.Background(), "large.bin", file, &s3client.DownloadOptions{
		Concurrency: 3, PartSize: 100_000,
	})
	if err != nil {
		log.Fatal(err)
	}
	info, err := file.Stat()
	fmt.Println(info.Size(), err)
	// Output: 300000 <nil>
}

func ExampleClient_Delete() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	ctx := context.Background()
	fmt.Println(client.Delete(ctx, "a.txt"))
	fmt.Println(client.Delete(ctx, "a.txt")) // an object that is not there is no error
	// Output:
	// <nil>
	// <nil>
}

// A version that is deleted by its id is gone for good, and the one before it is current again.
func ExampleClient_DeleteObject_version() {
	fake := fakes3.New()
	if err := errors.Join(fake.CreateBucket("demo"),
		fake.Configure("demo", fakes3.BucketSettings{Versioning: "Enabled"})); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(fake)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	if _, err := client.PutObject(ctx, "a.txt", strings.NewReader("first"), nil); err != nil {
		log.Fatal(err)
	}
	mistake, err := client.PutObject(ctx, "a.txt", strings.NewReader("a mistake"), nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.DeleteObject(ctx, "a.txt", &s3client.DeleteOptions{VersionID: mistake.VersionID})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.DownloadTo(ctx, "a.txt", os.Stdout, nil))
	// Output: first<nil>
}

func ExampleClient_DeleteMany() {
	client, stop := demo("a", "1", "b", "2", "c", "3")
	defer stop()

	ctx := context.Background()
	err := client.DeleteMany(ctx, []string{"a", "b", "missing"})
	var some *s3client.DeleteError
	if errors.As(err, &some) {
		for _, failed := range some.Failed {
			fmt.Println("not deleted:", failed.Key, failed.Err)
		}
	}
	for object, err := range client.List(ctx, "", nil) {
		fmt.Println(object.Key, err)
	}
	// Output: c <nil>
}
