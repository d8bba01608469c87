package scenarios_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// plainHTTP is a client without invocation ids. Its Exists sends the requests of the field do.
type plainHTTP struct {
	scenarios.Client
	config scenarios.ClientConfig
	do     func(c plainHTTP, ctx context.Context)
}

func (c plainHTTP) Exists(ctx context.Context, _, _ string) (bool, error) {
	c.do(c, ctx)
	return true, nil
}

// send requests the object of the drill and reads the whole response.
func (c plainHTTP) send(ctx context.Context, method string) {
	req, err := http.NewRequestWithContext(ctx, method, c.config.Endpoint+"/demo/a", nil)
	if err != nil {
		panic(err)
	}
	resp, err := c.config.HTTPClient.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body) // some drills cut the body
		_ = resp.Body.Close()
	}
}

func runPlain(t *testing.T, rest string, do func(c plainHTTP, ctx context.Context)) *scenarios.Result {
	t.Helper()
	s := drill(t, `objects: [{bucket: demo, key: a, content: hello}]
client: {builtin: {}}
steps: [{exists: {bucket: demo, key: a}}]
`+rest)
	r := scenarios.Run(context.Background(), s, scenarios.Options{
		NewClient: func(config scenarios.ClientConfig) (scenarios.Client, error) {
			return plainHTTP{config: config, do: do}, nil
		},
	})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	return r
}

// timeline returns the timeline of the drill in the text report.
func timeline(t *testing.T, r *scenarios.Result) string {
	t.Helper()
	var text bytes.Buffer
	w, err := report.New("text", &text, report.Options{})
	require.NoError(t, err)
	require.NoError(t, w.Drill(r))
	return text.String()
}

func TestRequestsAfterASuccessAreNotItsAttempts(t *testing.T) {
	r := runPlain(t, "expect: {attempts: 5, waits: []}\n", func(c plainHTTP, ctx context.Context) {
		for _, method := range []string{"HEAD", "HEAD", "GET", "GET", "GET"} {
			c.send(ctx, method)
			time.Sleep(time.Second)
		}
	})
	require.Len(t, r.Groups, 5)
	require.NotContains(t, timeline(t, r), "✗")
}

func TestRequestsAfterAFailureAreAttempts(t *testing.T) {
	r := runPlain(t, `expect: {attempts: 4, waits: [1s, 1s]}
faults: [{match: {operation: GetObject}, times: 2, respond: {status: 503}}]
`, func(c plainHTTP, ctx context.Context) {
		for range 4 {
			c.send(ctx, "GET")
			time.Sleep(time.Second)
		}
	})
	require.Len(t, r.Groups, 2)
	assert.Len(t, r.Groups[0].Attempts, 3)
}

func TestRequestsInFlightTogetherAreCalledRequests(t *testing.T) {
	r := runPlain(t, `expect: {attempts: 3, waits: []}
faults: [{match: {}, latency: {delay: 1s}}]
`, func(c plainHTTP, ctx context.Context) {
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() { c.send(ctx, "GET") })
		}
		group.Wait()
	})
	require.True(t, scenarios.Concurrent(r.Groups))
	text := timeline(t, r)
	require.Contains(t, text, "3 requests")
	require.NotContains(t, text, "attempt")
	require.NotContains(t, text, "✗")
}
