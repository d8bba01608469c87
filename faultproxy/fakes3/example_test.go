package fakes3_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func Example() {
	fake := fakes3.New()
	if err := fake.Put("demo", "a.txt", []byte("hello")); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(fake)
	defer server.Close()

	request, err := http.NewRequest(http.MethodPut, server.URL+"/demo/a.txt", strings.NewReader("hello again"))
	if err != nil {
		log.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		log.Fatal(err)
	}
	response.Body.Close()

	for _, version := range fake.History("demo", "a.txt") {
		fmt.Printf("%d: %s\n", version.Seq, version.Content)
	}
	// Output:
	// 1: hello
	// 2: hello again
}
