package s3client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// serve is a fake S3 with the bucket "demo"; the first failures requests get 503.
func serve(failures int) *httptest.Server {
	fake := fakes3.New()
	if err := fake.CreateBucket("demo"); err != nil {
		log.Fatal(err)
	}
	var requests atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= int64(failures) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fake.ServeHTTP(w, r)
	}))
}

func Example() {
	server := serve(0)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", Prefix: "backups/",
		AccessKey: "id", SecretKey: "secret",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	ctx := context.Background()
	if err := client.UploadStream(ctx, strings.NewReader("hello"), "a.txt", nil); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "a.txt")
	if err := client.Download(ctx, "a.txt", path, nil); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(path)
	fmt.Println(string(content), err)
	// Output: hello <nil>
}

func ExampleClient_UploadStream_onlyIfNew() {
	server := serve(0)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id",
		SecretKey: "secret",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	for range 2 {
		err := client.UploadStream(context.Background(), strings.NewReader("me"), "leader",
			&s3client.UploadOptions{IfNoneMatch: "*"})
		var refused smithy.APIError
		if errors.As(err, &refused) {
			fmt.Println("another writer was first:", refused.ErrorCode())
			continue
		}
		fmt.Println("stored:", err == nil)
	}
	// Output:
	// stored: true
	// another writer was first: PreconditionFailed
}

func ExampleClient_List() {
	server := serve(0)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id",
		SecretKey: "secret",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	ctx := context.Background()
	for _, key := range []string{"2026/a", "2026/b", "2027/a"} {
		if err := client.UploadStream(ctx, strings.NewReader(key), key, nil); err != nil {
			log.Fatal(err)
		}
	}
	for object, err := range client.List(ctx, "2026/", nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(object.Key, object.Size)
	}
	// Output:
	// 2026/a 6
	// 2026/b 6
}

func ExampleObserver() {
	server := serve(2)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret",
		Retry: &retry.Config{MaxAttempts: 5, InitialDelay: retry.NoDelay},
		Observer: s3client.ObserverFunc(func(_ context.Context, a s3client.Attempt) {
			fmt.Println(a.Operation, a.Key, "attempt", a.Number, "of", a.Max, a.Class)
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	fmt.Println(client.Exists(context.Background(), "a.txt"))
	// Output:
	// HeadObject a.txt attempt 1 of 5 transient
	// HeadObject a.txt attempt 2 of 5 transient
	// HeadObject a.txt attempt 3 of 5 success
	// false <nil>
}
