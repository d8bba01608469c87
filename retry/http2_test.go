package retry_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// Frames of HTTP/2, written by hand (RFC 9113, section 4.1): the server that these tests need does
// things that net/http's server cannot be made to do.
const (
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7
)

func frame(kind byte, stream uint32, payload ...uint32) []byte {
	head := []byte{0, 0, byte(4 * len(payload)), kind, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[5:], stream)
	for _, word := range payload {
		head = binary.BigEndian.AppendUint32(head, word)
	}
	return head
}

// serveHTTP2 reads requests from a connection and calls answer with the stream of each. A pipe
// holds nothing, so another goroutine writes: client and server must not wait for each other.
func serveHTTP2(conn net.Conn, answer func(stream uint32) (reply []byte, hangUp bool)) {
	replies := make(chan []byte, 16)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for reply := range replies {
			_, _ = conn.Write(reply) // a client that has gone needs no reply
		}
		_ = conn.Close()
	}()
	readHTTP2(conn, replies, answer)
	close(replies)
	_, _ = io.Copy(io.Discard, conn) // until the writer closes the connection
	<-written
}

func readHTTP2(conn net.Conn, replies chan<- []byte, answer func(stream uint32) (reply []byte, hangUp bool)) {
	if _, err := io.ReadFull(conn, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	replies <- frame(frameSettings, 0)
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2])); err != nil {
			return
		}
		if head[3] == frameHeaders {
			reply, hangUp := answer(binary.BigEndian.Uint32(head[5:]))
			replies <- reply
			if hangUp {
				return
			}
		}
	}
}

// http2Error returns the error of a GET whose server answers so. It runs in a bubble, on a pipe.
func http2Error(t *testing.T, answer func(stream uint32) ([]byte, bool)) error {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	served := make(chan struct{}, 16)
	var conns []net.Conn
	transport := &http.Transport{
		Protocols: &protocols,
		HTTP2:     &http.HTTP2Config{SendPingTimeout: time.Minute, PingTimeout: 10 * time.Second},
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			conns = append(conns, client)
			go func() {
				serveHTTP2(server, answer)
				served <- struct{}{}
			}()
			return client, nil
		},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://demo.example/", nil)
	require.NoError(t, err)
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		require.NoError(t, resp.Body.Close())
	}
	transport.CloseIdleConnections()
	for _, conn := range conns {
		_ = conn.Close() // a transport may keep it, to see whether the server still answers
		<-served
	}
	require.Error(t, err)
	return err
}

func TestErrorsOfHTTP2ConnectionsAreClassified(t *testing.T) {
	reset := func(code uint32) func(uint32) ([]byte, bool) {
		return func(stream uint32) ([]byte, bool) { return frame(frameReset, stream, code), false }
	}
	goAway := func(code uint32) func(uint32) ([]byte, bool) {
		return func(stream uint32) ([]byte, bool) { return frame(frameGoAway, 0, stream, code), true }
	}
	for name, c := range map[string]struct {
		answer func(uint32) ([]byte, bool)
		want   retry.Class
	}{
		"INTERNAL_ERROR":            {reset(2), retry.ClassTransient},
		"REFUSED_STREAM":            {reset(7), retry.ClassTransient},
		"CANCEL":                    {reset(8), retry.ClassTransient},
		"ENHANCE_YOUR_CALM":         {reset(11), retry.ClassThrottle},
		"HTTP_1_1_REQUIRED":         {reset(13), retry.ClassPermanent},
		"unknown code":              {reset(99), retry.ClassTransient},
		"GOAWAY":                    {goAway(0), retry.ClassTransient},
		"GOAWAY, ENHANCE_YOUR_CALM": {goAway(11), retry.ClassThrottle},
		"connection lost":           {func(uint32) ([]byte, bool) { return nil, false }, retry.ClassTransient},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := http2Error(t, c.answer)
				assert.Equal(t, c.want.String(), retry.Classify(err).String(), "%v", err)
				lost := errors.New(fmt.Sprint("get: ", err)) // types are lost on the way
				assert.Equal(t, c.want.String(), retry.Classify(lost).String(), "%v", lost)
			})
		})
	}
}
