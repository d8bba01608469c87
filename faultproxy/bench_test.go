package faultproxy

import (
	"bytes"
	"context"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// canned is a connection whose peer always responds at once. A benchmark on it measures only the
// proxy's own work, without system calls and without the scheduler.
type canned struct {
	net.Conn // always nil
	next     func() []byte
	rest     []byte
}

func (c *canned) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.rest = c.next(); c.rest == nil {
			return 0, io.EOF
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *canned) Write(p []byte) (int, error)      { return len(p), nil }
func (c *canned) Close() error                     { return nil }
func (c *canned) SetReadDeadline(time.Time) error  { return nil }
func (c *canned) SetWriteDeadline(time.Time) error { return nil }

// The exchange is one of aws-sdk-go-v2 with S3, without rules, and with a hundred rules that do not
// match.
func BenchmarkExchange(b *testing.B) {
	answer := []byte("HTTP/1.1 200 OK\r\nx-amz-id-2: " +
		"Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==\r\nx-amz-request-id: " +
		"656c76696e6727732072657175657374\r\n" +
		"Date: Tue, 24 Nov 2026 03:00:00 GMT\r\nLast-Modified: Tue, 24 Nov 2026 02:00:00 GMT\r\nETag: " +
		"\"fba9dede5f27731c9771645a39863328\"\r\n" +
		"Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nServer: AmazonS3\r\nContent-Length: " +
		"1024\r\n\r\n" + string(make([]byte, 1024)))
	const request = "GET /demo/key-######?x-id=GetObject HTTP/1.1\r\nHost: 127.0.0.1:41234\r\n" +
		"User-Agent: aws-sdk-go-v2/1.41.0 ua/2.1 os/linux lang/go#1.26.0 md/GOOS#linux md/GOARCH#amd64 " +
		"api/s3#1.94.0 m/E,e\r\nAccept-Encoding: identity\r\n" +
		"Amz-Sdk-Invocation-Id: 0fd1ad57-5a0c-4a34-9f39-######123456\r\nAmz-Sdk-Request: attempt=1; max=3\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, " +
		"SignedHeaders=accept-encoding;amz-sdk-invocation-id;amz-sdk-request;host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\r\n" +
		"X-Amz-Checksum-Mode: ENABLED\r\nX-Amz-Content-Sha256: " +
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\nX-Amz-Date: 20261124T030000Z\r\n\r\n"
	for _, n := range []int{0, 100} {
		b.Run(strconv.Itoa(n)+" rules", func(b *testing.B) {
			cfg := Config{Upstream: "up", JournalLimit: 10000}
			for i := range n {
				cfg.Rules = append(cfg.Rules,
					Rule{
						Match: Match{Operation: "GetObject", Key: "reports/" + strconv.Itoa(i) + "/*"},
						Fault: Respond(503, ""),
					})
			}
			cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
				return &canned{next: func() []byte { return answer }}, nil
			}
			p, err := New(cfg)
			require.NoError(b, err)
			p.sweeper.awake.Store(true) // the sweeper does not run here
			sent := 0
			c := newConn(p, &canned{next: func() []byte {
				if sent == b.N {
					return nil
				}
				sent++
				number := strconv.AppendInt(nil, int64(100000+sent%900000), 10)
				return bytes.ReplaceAll([]byte(request), []byte("######"), number)
			}})
			b.ReportAllocs()
			b.ResetTimer()
			c.serve()
			b.StopTimer()
			require.Equal(b, b.N, p.Journal().Sends())
			require.Zero(b, p.Journal().InFlight())
			c.end()
		})
	}
}
