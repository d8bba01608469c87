package retryhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryhttp"
)

// Any HTTP client gets retries by its transport.
func ExampleTransport() {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests++; requests < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	r, err := retry.New(retry.Config{InitialDelay: time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: &retryhttp.Transport{Base: server.Client().Transport, Retryer: r}}
	resp, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(requests, "requests:", string(body), err)
	// Output: 3 requests: hello <nil>
}
