package scenarios_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/internal/virtual"
	"github.com/s3chaos/s3chaos/scenarios"
)

// BenchmarkOrder compares two places for the identity latency: before the client's connection pool,
// and in the proxy behind the pool, which does not keep the order of requests.
func BenchmarkOrder(b *testing.B) {
	s := drill(b, twice503)
	for name, options := range map[string]scenarios.Options{"transport": {}, "proxy": scenarios.LatencyInProxy()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scenarios.Run(context.Background(), s, options)
			}
		})
	}
}

// BenchmarkDrill plays small drills, one after another. A drill has 64 KiB, two faults and three
// attempts. For each drill it also takes the floor once: the same client makes the same three
// attempts in virtual time against a handler that knows the responses, without proxy, fake S3,
// oracle and files. It reports the processor time of both for a drill, and their ratio. They take
// turns, so that a busy machine slows both down alike.
func BenchmarkDrill(b *testing.B) {
	for _, client := range []string{"builtin", "sdk"} {
		b.Run(client, func(b *testing.B) {
			s := drill(b, twice503)
			if client == "sdk" {
				s = drill(b, twice503SDK)
			}
			play := func() { scenarios.Run(context.Background(), s, scenarios.Options{}) }
			require.Equal(b, scenarios.Pass, scenarios.Run(context.Background(), s, scenarios.Options{}).Verdict)
			require.NoError(b, floor(s))
			bare := func() {
				if err := floor(s); err != nil {
					panic(err)
				}
			}
			const turn = 50 // drills of each kind: the garbage of one kind is not collected in the turn of the other
			var drills, floors time.Duration
			b.ReportAllocs()
			b.ResetTimer()
			for n := b.N; n > 0; n -= turn {
				drills += spent(min(n, turn), play)
				b.StopTimer()
				floors += spent(min(n, turn), bare)
				b.StartTimer()
			}
			if floors == 0 {
				return // this system does not tell the processor time
			}
			b.ReportMetric(drills.Seconds()*1e6/float64(b.N), "cpu-µs/op")
			b.ReportMetric(floors.Seconds()*1e6/float64(b.N), "floor-µs/op")
			b.ReportMetric(drills.Seconds()/floors.Seconds(), "x-floor")
		})
	}
}

// spent calls f n times and returns the processor time that the process used for it.
func spent(n int, f func()) time.Duration {
	before := processorTime()
	for range n {
		f()
	}
	return processorTime() - before
}

// nvme is the polynomial of CRC-64/NVME, reversed.
var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// floorContent is the content of the floor's object.
var floorContent = make([]byte, 64<<10)

// floor lets the client of the scenario read its object at the third attempt.
func floor(s *scenarios.Scenario) error {
	crc := crc64.Checksum(floorContent, nvme)
	sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc))
	return virtual.Run(0, func(ctx context.Context) error {
		network := memnet.New()
		listener, err := network.Listen("s3:80")
		if err != nil {
			return err
		}
		requests := 0
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if requests++; requests < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
				return
			}
			w.Header().Set("Etag", `"a"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(floorContent)))
			w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
			_, _ = w.Write(floorContent)
		})}
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		transport := &http.Transport{DialContext: network.DialContext, DisableCompression: true}
		newClient := scenarios.NewBuiltin
		if s.Client.SDK != nil {
			newClient = scenarios.NewSDK
		}
		client, err := newClient(scenarios.ClientConfig{
			Scenario: s, Endpoint: "http://s3", Region: "us-east-1", Bucket: "demo", Seed: s.Seed,
			Credentials: credentials.NewStaticCredentialsProvider("floor", "floor", ""),
			HTTPClient:  &http.Client{Transport: transport}, DialContext: network.DialContext,
			Wrap: func(base http.RoundTripper) http.RoundTripper {
				transport = base.(*http.Transport)
				return base
			},
		})
		if err == nil {
			err = readAll(ctx, client)
		}
		transport.CloseIdleConnections()
		if closed := server.Close(); err == nil {
			err = closed
		}
		<-served
		time.Sleep(time.Second) // of net/http's server
		return err
	})
}

// readAll reads the object into nothing.
func readAll(ctx context.Context, client scenarios.Client) error {
	body, err := client.(scenarios.Getter).Get(ctx, "demo", "a.bin", scenarios.GetOptions{})
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	return body.Close()
}

const twice503SDK = `objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client:
  sdk: {mode: standard}
steps:
  - download: {bucket: demo, key: a.bin}
faults:
  - match: {operation: GetObject}
    times: 2
    respond: {status: 503, code: SlowDown}
expect:
  outcome: success
  attempts: 3
  waits: policy
`
