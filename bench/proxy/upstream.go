package proxy

// The server behind the contenders, and the reader of heads that it shares with the load.

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Sizes of the bodies, in bytes.
const (
	smallSize = 1 << 10
	bulkSize  = 64 << 20
)

// bulkBucket is the bucket whose objects are large.
const bulkBucket = "bulk"

// startUpstream starts a server with only the HTTP that the load needs, so that it costs little
// time.
func startUpstream(string) (string, error) {
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 7)
	}
	head := func(size int) string {
		return "HTTP/1.1 200 OK\r\n" +
			"x-amz-id-2: Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==\r\n" +
			"x-amz-request-id: 656c76696e6727732072657175657374\r\n" +
			"Date: Tue, 24 Nov 2026 03:00:00 GMT\r\n" +
			"Last-Modified: Tue, 24 Nov 2026 02:00:00 GMT\r\n" +
			"ETag: \"fba9dede5f27731c9771645a39863328\"\r\n" +
			"Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nServer: AmazonS3\r\n" +
			"Content-Length: " + strconv.Itoa(size) + "\r\n\r\n"
	}
	small := append([]byte(head(smallSize)), block[:smallSize]...)
	bulk, empty := []byte(head(bulkSize)), []byte(head(0))
	return listen(func(c *net.TCPConn) {
		defer c.Close()
		in := newScanner(c)
		for {
			request, length, err := in.head()
			if err != nil {
				return
			}
			get := bytes.HasPrefix(request, []byte("GET "))
			large := bytes.HasPrefix(request[4:], []byte("/"+bulkBucket+"/"))
			if err := in.skip(length); err != nil {
				return
			}
			switch {
			case get && large:
				_, err = c.Write(bulk)
				for sent := 0; sent < bulkSize && err == nil; sent += len(block) {
					_, err = c.Write(block)
				}
			case get:
				_, err = c.Write(small)
			default:
				_, err = c.Write(empty)
			}
			if err != nil {
				return
			}
		}
	})
}

// scanner reads heads and skips bodies, of requests and of responses.
type scanner struct {
	c    net.Conn
	buf  []byte
	r, w int
}

func newScanner(c net.Conn) *scanner { return &scanner{c: c, buf: make([]byte, 256<<10)} }

// head reads a head and returns it with the length of the body that follows. The head is valid
// until the next call.
func (s *scanner) head() (head []byte, length int, err error) {
	for {
		if end := bytes.Index(s.buf[s.r:s.w], []byte("\r\n\r\n")); end >= 0 {
			head = s.buf[s.r : s.r+end+4]
			s.r += len(head)
			length, err = contentLength(head)
			return head, length, err
		}
		if s.r == s.w {
			s.r, s.w = 0, 0
		}
		if s.w == len(s.buf) {
			return nil, 0, fmt.Errorf("head: want at most %d bytes", len(s.buf)-s.r)
		}
		n, err := s.c.Read(s.buf[s.w:])
		if s.w += n; err != nil {
			return nil, 0, err
		}
	}
}

// contentLength returns the value of Content-Length, in the spelling of this package's load and
// server and of the proxies; without the header it returns 0.
func contentLength(head []byte) (int, error) {
	_, rest, ok := bytes.Cut(head, []byte("\nContent-Length: "))
	if !ok {
		return 0, nil
	}
	digits, _, _ := bytes.Cut(rest, []byte("\r"))
	return strconv.Atoi(strings.TrimSpace(string(digits)))
}

// skip reads n bytes and discards them.
func (s *scanner) skip(n int) error {
	have := min(n, s.w-s.r)
	s.r += have
	for n -= have; n > 0; {
		got, err := s.c.Read(s.buf[:min(n, len(s.buf))])
		if n -= got; err != nil && n > 0 {
			return err
		}
	}
	return nil
}
