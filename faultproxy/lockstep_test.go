package faultproxy_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// counted counts the bytes that are read from a source.
type counted struct {
	io.Reader
	read atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// How much of its source a client has read when its request ends early does not depend on the
// scheduler: a client that sends only the rest would send another rest each time.
func TestClientHasReadAKnownPartOfItsSourceWhenItsRequestEndsEarly(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, fault := range []string{
		"reset_peer: {at: request_head}",
		"reset_peer: {at: request_body, after_bytes: 1}",
		"reset_peer: {at: request_body, after_bytes: 100KiB}",
		"respond: {status: 503, early: true}",
	} {
		for _, length := range []int64{1 << 20, -1} {
			seen := map[string]int{}
			for i := range 100 {
				runtime.GOMAXPROCS(1 + i%4)
				synctest.Test(t, func(t *testing.T) {
					rule, err := faultproxy.ParseRule(fault)
					assert.NoError(t, err)
					lab := faulttest.NewLab(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
					lab.Rule("PutObject", rule.Fault)
					source := &counted{Reader: strings.NewReader(strings.Repeat("x", 1<<20))}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/a", source)
					assert.NoError(t, err)
					req.ContentLength = length
					if resp, err := lab.HTTPClient().Do(req); err == nil {
						_ = resp.Body.Close()
					}
					synctest.Wait()
					records := lab.Journal().Records()
					seen[fmt.Sprint(source.read.Load(), records[0].End, records[0].Ended)]++
				})
			}
			assert.Len(t, seen, 1, fmt.Sprint(fault, " ", length))
		}
	}
}
