package s3client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/s3client"
)

// demo is a client of a fake S3 that holds the objects given as key and content in turn.
func demo(objects ...string) (client *s3client.Client, stop func()) {
	server := serve(0)
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret",
	})
	if err != nil {
		log.Fatal(err)
	}
	for i := 0; i < len(objects); i += 2 {
		err := client.UploadStream(context.Background(), strings.NewReader(objects[i+1]), objects[i], nil)
		if err != nil {
			log.Fatal(err)
		}
	}
	return client, func() {
		client.CloseIdleConnections()
		server.Close()
	}
}

func ExampleClient_Get() {
	client, stop := demo("a.txt", "hello, world")
	defer stop()

	reader, err := client.Get(context.Background(), "a.txt", &s3client.GetOptions{Range: "0-4"})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = reader.Close() }() // all bytes are read below: ReadAll tells the outcome
	content, err := io.ReadAll(reader)
	fmt.Println(string(content), err)
	fmt.Println(reader.Length(), "of", reader.Info().Size, "bytes")
	// Output:
	// hello <nil>
	// 5 of 12 bytes
}

func ExampleClient_Get_ifChanged() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	ctx := context.Background()
	info, err := client.Stat(ctx, "a.txt", nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Get(ctx, "a.txt", &s3client.GetOptions{IfNoneMatch: info.ETag})
	fmt.Println("still the same:", errors.Is(err, s3client.ErrNotModified))
	// Output: still the same: true
}

func ExampleClient_DownloadTo() {
	client, stop := demo("a.txt", "hello\n")
	defer stop()

	if err := client.DownloadTo(context.Background(), "a.txt", os.Stdout, nil); err != nil {
		log.Fatal(err)
	}
	// Output: hello
}

func ExampleClient_Download_concurrency() {
	client, stop := demo("large.bin", strings.Repeat("x", 1<<20))
	defer stop()

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "large.bin")
	err = client.Download(context.Background(), "large.bin", path, &s3client.DownloadOptions{
		Concurrency: 8, PartSize: 100_000,
	})
	if err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(path)
	fmt.Println(info.Size(), err)
	// Output: 1048576 <nil>
}

func ExampleClient_DownloadDir() {
	client, stop := demo("logs/a.txt", "one", "logs/2026/b.txt", "two")
	defer stop()

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	result, err := client.DownloadDir(context.Background(), "logs/", dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "2026", "b.txt"))
	fmt.Println(result.Transferred, string(content), err)
	// Output: 2 two <nil>
}

func ExampleClient_PresignGet() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	request, err := client.PresignGet(context.Background(), "a.txt", 15*time.Minute, nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := http.Get(request.URL) // no credentials
	if err != nil {
		log.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(content), err, response.Body.Close())
	// Output: 200 hello <nil> <nil>
}

func ExampleClient_List_delimiter() {
	client, stop := demo("a.txt", "", "2026/b.txt", "", "2026/c.txt", "", "2027/d.txt", "")
	defer stop()

	options := &s3client.ListOptions{Delimiter: "/"}
	for object, err := range client.List(context.Background(), "", options) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(object.Key, object.IsPrefix)
	}
	// Output:
	// 2026/ true
	// 2027/ true
	// a.txt false
}

func ExampleClient_UploadDir() {
	client, stop := demo()
	defer stop()

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("hello"), 0o600); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		result, err := client.UploadDir(context.Background(), dir, "backup", &s3client.DirOptions{SkipUnchanged: true})
		fmt.Println(result.Transferred, "sent,", result.Skipped, "unchanged,", err)
	}
	// Output:
	// 1 sent, 0 unchanged, <nil>
	// 0 sent, 1 unchanged, <nil>
}
