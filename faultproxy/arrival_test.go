package faultproxy_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// inPieces writes text in pieces of this many bytes, each a nanosecond after the one before, so
// that a reader sees each of them alone. If size is 0 it writes all at once.
func inPieces(w io.Writer, text string, size int) error {
	for size > 0 && len(text) > size {
		if _, err := io.WriteString(w, text[:size]); err != nil {
			return err
		}
		text = text[size:]
		time.Sleep(time.Nanosecond)
	}
	_, err := io.WriteString(w, text)
	return err
}

// The scheduler decides the sizes in which bytes arrive. A body that is slow and is then cut after
// a time ends at the same byte, whatever they are.
func TestSlowBodyIsCutAtTheSameByteInWhateverPiecesItArrives(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 4<<10)
	length := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(content))
	response := "HTTP/1.1 200 OK\r\n" + length + content
	request := "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\n" + length + content
	for fault, at := range map[string][2]string{
		"bandwidth: {rate: 64KiB":             {", in: response", ", in: request"},
		"slicer: {size: 1000, delay: 17ms":    {", in: response", ", in: request"},
		"stall: {after_bytes: 5000, for: 10s": {", at: response_body", ", at: request_body"},
	} {
		for _, after := range []string{"3ms", "100ms", "503ms"} {
			rules := []string{
				"chain: true, match: {method: GET}, " + fault + at[0] + "}",
				"match: {method: GET}, close_early: {after: " + after + "}",
				"chain: true, match: {method: PUT}, " + fault + at[1] + "}",
				"match: {method: PUT}, reset_peer: {at: request_body, after: " + after + "}",
			}
			var whole string
			for _, size := range []int{0, 100, 655, 656, 1001, 4096, 5000} {
				inRig(t, always(response), rules, func(r *rig) {
					r.pieces = size
					got, end, _ := r.talk(get)
					assert.Equal(t, eof, end)
					assert.Less(t, len(got), len(response))
					c := r.dial()
					defer c.Close()
					go inPieces(c, request, size)
					_, _ = io.ReadAll(c) // the proxy resets the connection
					synctest.Wait()
					var journal strings.Builder
					assert.NoError(t, r.proxy.Journal().WriteNDJSON(&journal))
					if size == 0 {
						whole = journal.String()
					}
					assert.Equal(t, whole, journal.String(), "%s, cut after %s, pieces of %d", fault, after, size)
				})
			}
		}
	}
}
