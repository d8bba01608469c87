package faulttest_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// run plays the part of "go test": it runs a test and prints what the test writes.
func run(test func(t *testing.T, out io.Writer)) {
	verbose := flag.Lookup("test.v").Value
	defer func(before any) { _ = verbose.Set(fmt.Sprint(before)) }(verbose.(flag.Getter).Get())
	_ = verbose.Set("false")
	var out strings.Builder
	passed := testing.RunTests(func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "Test", F: func(t *testing.T) {
			out.Reset() // -count runs the example more than once
			test(t, &out)
		}}})
	fmt.Print(out.String(), "passed: ", passed)
}

// The AWS SDK in a bubble: its back-off of seconds takes no time, and the journal shows it.
func ExampleNewLab_sdk() {
	run(func(t *testing.T, out io.Writer) {
		synctest.Test(t, func(t *testing.T) {
			fake := fakes3.New()
			_ = fake.Put("demo", "a.txt", []byte("hello"))
			lab := faulttest.NewLab(t, fake)
			lab.Rule("GetObject", faultproxy.Times(3), faultproxy.Respond(503, "SlowDown"))

			client := s3.New(s3.Options{
				BaseEndpoint: aws.String(lab.URL()), HTTPClient: lab.HTTPClient(), UsePathStyle: true,
				Region:      "us-east-1",
				Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
				Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
					o.MaxAttempts = 5
					o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
						return time.Duration(attempt) * 10 * time.Second, nil
					})
				}),
			})
			object, err := client.GetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("a.txt")})
			if err != nil {
				t.Fatal(err)
			}
			content, _ := io.ReadAll(object.Body)
			_ = object.Body.Close()

			synctest.Wait() // the proxy completes a record just after the client has the last byte
			fmt.Fprintf(out, "%s after %d sends\n", content, lab.Journal().Count("GetObject"))
			for _, r := range lab.Journal().Records() {
				fmt.Fprintln(out, r.At.Round(time.Second), r.Status)
			}
		})
	})
	// Output:
	// hello after 4 sends
	// 0s 503
	// 10s 503
	// 30s 503
	// 1m0s 200
	// passed: true
}

// The same test without a bubble runs in real time. Here the response is lost after the upstream
// has stored the upload.
func ExampleNewLab_sdkRealTime() {
	run(func(t *testing.T, out io.Writer) {
		fake := fakes3.New()
		_ = fake.CreateBucket("demo")
		lab := faulttest.NewLab(t, fake)
		lab.Rule("PutObject", faultproxy.Times(1), faultproxy.AfterUpstream(), faultproxy.Respond(500, "InternalError"))

		client := s3.New(s3.Options{
			BaseEndpoint: aws.String(lab.URL()), HTTPClient: lab.HTTPClient(), UsePathStyle: true, Region: "us-east-1",
			Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
			Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond }),
		})
		_, err := client.PutObject(t.Context(),
			&s3.PutObjectInput{Bucket: aws.String("demo"), Key: aws.String("a.txt"), Body: strings.NewReader("hello")})
		fmt.Fprintln(out, "error:", err)
		fmt.Fprintln(out, "sent", lab.Journal().Count("PutObject"), "times")
		fmt.Fprintln(out, "stored", len(fake.History("demo", "a.txt")), "times")
	})
	// Output:
	// error: <nil>
	// sent 2 times
	// stored 2 times
	// passed: true
}

// Any HTTP client works, in a bubble or in real time. Here it receives less than the
// Content-Length.
func ExampleNewLab_httpClient() {
	run(func(t *testing.T, out io.Writer) {
		fake := fakes3.New()
		_ = fake.Put("demo", "a.txt", []byte("hello, world"))
		lab := faulttest.NewLab(t, fake)
		lab.Rule("GetObject", faultproxy.Times(1), faultproxy.CloseEarly(5))

		for range 2 {
			resp, err := lab.HTTPClient().Get(lab.URL() + "/demo/a.txt")
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			fmt.Fprintf(out, "%s, %d bytes promised: %q, %v\n", http.StatusText(resp.StatusCode), resp.ContentLength,
				content, err)
		}
		lab.RequireFired() // otherwise the test has shown nothing
	})
	// Output:
	// OK, 12 bytes promised: "hello", unexpected EOF
	// OK, 12 bytes promised: "hello, world", <nil>
	// passed: true
}

// Any http.Handler can be the S3 behind the proxy. In a bubble of testing/synctest a minute of
// back-off takes no time; without the bubble the same lines run in real time.
func ExampleNewLab() {
	run(func(t *testing.T, _ io.Writer) {
		synctest.Test(t, func(t *testing.T) {
			s3 := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
			lab := faulttest.NewLab(t, s3)
			lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))

			for {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/a.txt",
					strings.NewReader("hello"))
				resp, err := lab.HTTPClient().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					break
				}
				time.Sleep(30 * time.Second)
			}
			if n := lab.Journal().Count("PutObject"); n != 3 {
				t.Errorf("%d sends, want 3", n)
			}
		})
	})
	// Output: passed: true
}
