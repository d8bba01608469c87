package s3client_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// In a program, sdk comes from config.LoadDefaultConfig(ctx).
func ExampleFromConfig() {
	server := serve(0)
	defer server.Close()
	sdk := aws.Config{
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
		BaseEndpoint: aws.String(server.URL),
	}
	client, err := s3client.FromConfig(sdk, s3client.Config{
		Bucket:  "demo",
		Options: func(o *s3.Options) { o.UseARNRegion = true },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	fmt.Println(client.Exists(context.Background(), "a"))
	// Output: false <nil>
}

func ExampleClient_WithRetry() {
	server := serve(2)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	once, err := client.WithRetry(retry.Config{MaxAttempts: 1})
	if err != nil {
		log.Fatal(err)
	}
	_, err = once.Exists(context.Background(), "a")
	fmt.Println("without a retry:", err != nil)

	policy := retry.DefaultConfig()
	policy.MaxAttempts, policy.InitialDelay = 10, time.Millisecond
	patient, err := client.WithRetry(policy)
	if err != nil {
		log.Fatal(err)
	}
	_, err = patient.Exists(context.Background(), "a")
	fmt.Println("with retries:", err)
	// Output:
	// without a retry: true
	// with retries: <nil>
}

// The next start of the program calls PutFile again, and only the missing parts are sent.
func ExampleClient_PutFile() {
	server := serve(0)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret", PartSize: 5 << 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "disk.img")
	if err := os.WriteFile(path, make([]byte, 12<<20), 0o600); err != nil {
		log.Fatal(err)
	}
	result, err := client.PutFile(context.Background(), "disk.img", path,
		&s3client.UploadOptions{ResumeFile: path + ".upload"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Size)
	// Output: 12582912
}
