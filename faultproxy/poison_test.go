package faultproxy_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// inForgetfulRig is inRig with a journal of six records: the memory of a request is used again
// after six others. Under -race it is overwritten before.
func inForgetfulRig(t *testing.T, upstream answerer, rules []string, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		cfg := faultproxy.Config{
			Upstream: "up:80", Dial: r.network.DialContext, Seed: 1, Digest: true, IdentityLatency: true,
			JournalLimit: 6,
			Hosts:        []string{"s3.test"},
		}
		for _, text := range rules {
			rule, err := faultproxy.ParseRule(text)
			require.NoError(t, err)
			cfg.Rules = append(cfg.Rules, rule)
		}
		r.run(cfg, upstream, f)
	})
}

// The proxy clones each string that it keeps for longer than the record.
func TestStringsThatOutliveARecordAreCloned(t *testing.T) {
	forget := func(r *rig, c *memnet.Conn) {
		for i := range 8 {
			r.talkOver(c, fmt.Sprintf("HEAD /other-bucket/forget HTTP/1.1\r\nHost: s3.test\r\nX-N: %d\r\n\r\n", i))
		}
	}
	for name, tc := range map[string]struct {
		rules  []string
		sends  []string
		status string
	}{
		"quota of a prefix": {
			[]string{"match: {bucket: demo}, throttle: {rate: 0.001, per: prefix}"},
			[]string{
				"GET /demo/dir/a HTTP/1.1\r\nHost: s3.test\r\n\r\n",
				"GET /demo/dir/a HTTP/1.1\r\nHost: s3.test\r\n\r\n",
			},
			"200 503",
		},
		"quota of a bucket": {
			[]string{"match: {bucket: demo}, throttle: {rate: 0.001, per: bucket}"},
			[]string{"GET /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n", "GET /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n"},
			"200 503",
		},
		"attempts of a request": {
			[]string{
				"match: {bucket: demo, attempt: 1}, respond: {status: 500}",
				"match: {bucket: demo, attempt: 2}, respond: {status: 503}",
			},
			[]string{
				"PUT /demo/dir/a?partNumber=1&uploadId=one HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n",
				"PUT /demo/dir/a?partNumber=1&uploadId=two HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n",
				"PUT /demo/dir/a?partNumber=1&uploadId=one HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n",
			},
			"500 500 503",
		},
		"bucket in a host": {
			[]string{"match: {bucket: demo}, respond: {status: 503}"},
			[]string{
				"GET /a HTTP/1.1\r\nHost: demo.s3.test\r\n\r\n", "GET /a HTTP/1.1\r\nHost: none.s3.test\r\n\r\n",
				"GET /a HTTP/1.1\r\nHost: demo.s3.test\r\n\r\n",
			},
			"503 200 503",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inForgetfulRig(t, func(req *http.Request, _ string) string {
				if req.Method == http.MethodHead {
					return "HTTP/1.1 503 Slow Down\r\nContent-Length: 10\r\n\r\n"
				}
				return hello
			}, tc.rules, func(r *rig) {
				c := r.dial()
				var got []string
				for _, send := range tc.sends {
					answer, _, _ := r.talkOver(c, send)
					got = append(got, answer[9:12])
					forget(r, c)
				}
				assert.Equal(t, tc.status, strings.Join(got, " "))
			})
		})
	}
}

// The cached host name does not change with the memory of the request.
func TestLastHostIsCloned(t *testing.T) {
	inForgetfulRig(t, always(hello), []string{"match: {bucket: demo}, respond: {status: 503}"}, func(r *rig) {
		c := r.dial()
		for i := range 16 {
			answer, _, _ := r.talkOver(c, fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: demo.s3.test\r\n\r\n", i))
			assert.Equal(t, "503", answer[9:12])
		}
	})
}

// A record that a reader holds does not change when others are written.
func TestRecordsAreClones(t *testing.T) {
	inForgetfulRig(t, always(hello), nil, func(r *rig) {
		c := r.dial()
		const put = "PUT /demo/dir/a?partNumber=3&uploadId=u HTTP/1.1\r\nHost: s3.test\r\nRange: " +
			"bytes=0-1\r\nX-S3chaos-Step: step\r\namz-sdk-invocation-id: id\r\nContent-Length: 0\r\n\r\n"
		r.talkOver(c, put)
		before := r.record()
		want := fmt.Sprintf("%+v", before)
		for i := range 8 {
			r.talkOver(c, fmt.Sprintf("GET /xxxx/%d HTTP/1.1\r\nHost: s3.test\r\nX-Other: %s\r\n\r\n", i,
				strings.Repeat("x", 200)))
		}
		assert.Equal(t, want, fmt.Sprintf("%+v", before))
		assert.Equal(t, []string{"demo", "dir/a", "step", "id", "bytes=0-1"},
			[]string{before.Bucket, before.Key, before.Step, before.InvocationID, before.Range})
	})
}

// Snapshots, and the names of objects without one, do not share memory with requests.
func TestSnapshotsAreClones(t *testing.T) {
	denied := "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
	inForgetfulRig(t, func(req *http.Request, _ string) string {
		if req.Method == http.MethodGet {
			return denied
		}
		return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	}, []string{"match: {operation: GetObject}, stale: {}"}, func(r *rig) {
		c := r.dial()
		write := func(content string) {
			r.talkOver(c, fmt.Sprintf("PUT /demo/dir/a HTTP/1.1\r\nHost: s3.test\r\nContent-Type: "+
				"text/one\r\nx-amz-meta-name: value\r\nContent-Length: %d\r\n\r\n%s", len(content), content))
			for i := range 8 {
				r.talkOver(c, fmt.Sprintf("PUT /demo/dir/other%d HTTP/1.1\r\nHost: s3.test\r\nContent-Length: "+
					"0\r\n\r\n", i))
			}
			time.Sleep(time.Second)
		}
		write("first")
		write("second")
		answer, _, _ := r.talkOver(c, "GET /demo/dir/a HTTP/1.1\r\nHost: s3.test\r\n\r\n")
		assert.True(t, bytes.HasSuffix([]byte(answer), []byte("\r\n\r\nfirst")), answer)
		assert.Contains(t, answer, "Content-Type: text/one\r\n")
		assert.Contains(t, answer, "x-amz-meta-name: value\r\n")
	})
}
