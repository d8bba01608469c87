package s3client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// The client has no option for headers of its own requests, but the SDK has.
func ExampleConfig_options() {
	fake := fakes3.New()
	if err := fake.CreateBucket("demo"); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.Header.Get("X-Team"))
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret",
		Options: func(o *s3.Options) {
			o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue("X-Team", "billing"))
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	fmt.Println(client.Exists(context.Background(), "a"))
	// Output:
	// HEAD billing
	// false <nil>
}

// The first process ends in the middle of an upload of three parts. The second sends the last part
// only.
func ExampleUploadOptions_resumeFile() {
	fake := fakes3.New()
	if err := fake.CreateBucket("demo"); err != nil {
		log.Fatal(err)
	}
	var parts atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("partNumber") && parts.Add(1) == 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	dir, remove := temporary()
	defer remove()
	path := filepath.Join(dir, "disk.img")
	if err := os.WriteFile(path, make([]byte, 12<<20), 0o600); err != nil {
		log.Fatal(err)
	}

	process := func() error {
		client, err := s3client.New(s3client.Config{
			Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret",
			PartSize: 5 << 20, Concurrency: 1, Retry: &retry.Config{MaxAttempts: 1},
		})
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		_, err = client.PutFile(context.Background(), "disk.img", path,
			&s3client.UploadOptions{ResumeFile: path + ".upload"})
		return err
	}
	fmt.Println("first process failed:", process() != nil)
	parts.Store(10)
	fmt.Println("second process failed:", process() != nil)
	fmt.Println("parts sent by it:", parts.Load()-10)
	// Output:
	// first process failed: true
	// second process failed: false
	// parts sent by it: 1
}

// The key is the caller's to keep: the server forgets it, and each read needs it again.
func ExampleCustomerKey() {
	fake := fakes3.New()
	if err := fake.CreateBucket("demo"); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewTLSServer(fake)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret", HTTPClient: server.Client(),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	ctx := context.Background()
	key := s3client.CustomerKey(bytes.Repeat([]byte{7}, 32))
	_, err = client.PutObject(ctx, "secret.txt", strings.NewReader("hello\n"),
		&s3client.UploadOptions{SSECustomerKey: key})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key)
	err = client.DownloadTo(ctx, "secret.txt", os.Stdout, &s3client.DownloadOptions{
		GetOptions: s3client.GetOptions{SSECustomerKey: key},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// CustomerKey(***)
	// hello
}

// A browser gets the URL and the headers, and stores the object without credentials.
func ExampleClient_PresignPut() {
	client, stop := demo()
	defer stop()

	ctx := context.Background()
	signed, err := client.PresignPut(ctx, "upload.txt", 15*time.Minute,
		&s3client.UploadOptions{ContentType: "text/plain"})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequestWithContext(ctx, signed.Method, signed.URL, strings.NewReader("hello"))
	if err != nil {
		log.Fatal(err)
	}
	request.Header = signed.Header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	_, err = io.Copy(io.Discard, response.Body)
	fmt.Println(response.StatusCode, err, response.Body.Close())
	fmt.Println(client.Exists(ctx, "upload.txt"))
	// Output:
	// 200 <nil> <nil>
	// true <nil>
}

func ExampleClient_Copy() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	ctx := context.Background()
	if err := client.Copy(ctx, "a.txt", "b.txt", nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Exists(ctx, "b.txt"))
	// Output: true <nil>
}

// The clients share connections, credentials and the retry budget.
func ExampleClient_WithBucket() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	other := client.WithBucket("logs")
	_, err := other.Stat(context.Background(), "a.txt", nil)
	fmt.Println(client.Bucket(), other.Bucket(), s3client.IsNotFound(err))
	// Output: demo logs true
}

// A program that was killed leaves its upload open. A later one removes what is older than a day.
func ExampleClient_AbortStale() {
	client, stop := demo()
	defer stop()

	aborted, err := client.AbortStale(context.Background(), "backups/", 24*time.Hour)
	fmt.Println(aborted, err)
	// Output: 0 <nil>
}

// The connections of a client outlive its requests, so that the next ones are faster.
func ExampleClient_CloseIdleConnections() {
	client, stop := demo("a.txt", "hello")
	defer stop()

	fmt.Println(client.Exists(context.Background(), "a.txt"))
	client.CloseIdleConnections()
	// Output: true <nil>
}
