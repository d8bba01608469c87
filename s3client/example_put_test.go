package s3client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/s3client"
)

// connect returns a client of the server's bucket "demo".
func connect(server *httptest.Server) *s3client.Client {
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: "id", SecretKey: "secret",
	})
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func ExampleClient_PutObject() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	result, err := client.PutObject(context.Background(), "report.csv", strings.NewReader("a,b\n1,2\n"),
		&s3client.UploadOptions{
			ContentType:       "text/csv",
			CacheControl:      "max-age=3600",
			Tags:              map[string]string{"team": "billing"},
			StorageClass:      types.StorageClassStandardIa,
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Size, result.ChecksumAlgorithm, result.Checksum)
	// Output: 8 SHA256 SS1epJYFbxpqZZIkEDL6t2TDIVljF5MLT6Dh6Lw7dHA=
}

// Two writers change the same object. The second one works on what it read, which is old by now.
func ExampleClient_PutObject_ifMatch() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	first, err := client.PutObject(ctx, "counter", strings.NewReader("1"), nil)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		_, err := client.PutObject(ctx, "counter", strings.NewReader("2"),
			&s3client.UploadOptions{IfMatch: first.ETag})
		fmt.Println("lost update avoided:", errors.Is(err, s3client.ErrPreconditionFailed))
	}
	// Output:
	// lost update avoided: false
	// lost update avoided: true
}

func ExampleClient_CopyObject() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	if err := client.UploadStream(ctx, strings.NewReader("hello"), "draft.txt", nil); err != nil {
		log.Fatal(err)
	}
	result, err := client.CopyObject(ctx, "draft.txt", "final.txt", &s3client.CopyOptions{
		MetadataDirective: types.MetadataDirectiveReplace,
		Target:            s3client.UploadOptions{ContentType: "text/plain", IfNoneMatch: "*"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Size)
	// Output: 5
}

func ExampleClient_Move() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	if err := client.UploadStream(ctx, strings.NewReader("hello"), "inbox/a", nil); err != nil {
		log.Fatal(err)
	}
	if err := client.Move(ctx, "inbox/a", "done/a", nil); err != nil {
		log.Fatal(err)
	}
	for object, err := range client.List(ctx, "", nil) {
		fmt.Println(object.Key, err)
	}
	// Output: done/a <nil>
}

func ExampleClient_DeletePrefix() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	for _, key := range []string{"tmp/1", "tmp/2", "kept"} {
		if err := client.UploadStream(ctx, strings.NewReader(key), key, nil); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(client.DeletePrefix(ctx, "tmp/"))
	// Output: 2 <nil>
}

func ExampleClient_DeleteObject() {
	server := serve(0)
	defer server.Close()
	client := connect(server)
	defer client.CloseIdleConnections()

	ctx := context.Background()
	old, err := client.PutObject(ctx, "lock", strings.NewReader("mine"), nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := client.UploadStream(ctx, strings.NewReader("another's"), "lock", nil); err != nil {
		log.Fatal(err)
	}
	_, err = client.DeleteObject(ctx, "lock", &s3client.DeleteOptions{IfMatch: old.ETag})
	fmt.Println(errors.Is(err, s3client.ErrPreconditionFailed))
	// Output: true
}
