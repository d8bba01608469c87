package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func TestARuleActsFromItsAddingToItsRemoval(t *testing.T) {
	r := newRig(t)
	assert.Equal(t, 200, r.get("a"))
	a := r.call("POST", "/v1/rules", `{"name": "slow-down", "match": {"operation": "GetObject", "key": "*.bin"}, "times": 2, "respond": {"status": 503, "code": "SlowDown"}}`)
	one := r.one(http.StatusCreated, a)
	assert.Equal(t, rule{ID: 1, Label: "slow-down", Fault: "respond", Enabled: true, Rule: one.Rule}, one)
	assert.Equal(t, "/v1/rules/1", a.header.Get("Location"))
	assert.Equal(t, []int{503, 200, 503, 200}, []int{r.get("a.bin"), r.get("a"), r.get("a.bin"), r.get("a.bin")})

	one = r.one(200, r.call("GET", "/v1/rules/1", ""))
	assert.Equal(t, 3, one.Matched)
	assert.Equal(t, 2, one.Fired)

	assert.Zero(t, r.one(200, r.call("POST", "/v1/rules/1/reset", "")).Fired)
	assert.Equal(t, 503, r.get("a.bin"))
	assert.Zero(t, r.rules(r.call("POST", "/v1/rules/reset", ""))[0].Fired)
	assert.Equal(t, 503, r.get("a.bin"))

	assert.False(t, r.one(200, r.call("PATCH", "/v1/rules/1", `{"enabled": false}`)).Enabled)
	assert.Equal(t, 200, r.get("a.bin"))
	one = r.one(200, r.call("PATCH", "/v1/rules/1", `{"enabled": true}`))
	assert.True(t, one.Enabled)
	assert.Equal(t, 1, one.Fired, "toggling keeps the counts")
	assert.Equal(t, 503, r.get("a.bin"))

	again := r.one(http.StatusCreated, r.call("POST", "/v1/rules", one.Rule))
	assert.Equal(t, one.Rule, again.Rule, "what is shown can be sent")
	assert.Equal(t, 2, again.ID)
	assert.Equal(t, http.StatusNoContent, r.call("DELETE", "/v1/rules/1", "").status)
	assert.Equal(t, http.StatusNotFound, r.call("DELETE", "/v1/rules/1", "").status)
	assert.Equal(t, http.StatusNoContent, r.call("DELETE", "/v1/rules/2", "").status)
	assert.Empty(t, r.rules(r.call("GET", "/v1/rules", "")))
	assert.Equal(t, 200, r.get("a.bin"))
}

func TestARuleTakesAListOfOperationsAndABucketPattern(t *testing.T) {
	r := newRig(t)
	one := r.one(http.StatusCreated, r.call("POST", "/v1/rules",
		`{"match": {"operation": ["PutObject", "GetObject"], "bucket": "d*o"}, "respond": {"status": 503}}`))
	assert.Equal(t, `{match: {operation: [PutObject, GetObject], bucket: "d*o"}, respond: {status: 503}}`, one.Rule)
	assert.Equal(t, 503, r.get("a"))
	assert.Equal(t, one.Rule, r.one(http.StatusCreated, r.call("POST", "/v1/rules", one.Rule)).Rule)
}

func TestRulesAreReplacedTogetherOrNotAtAll(t *testing.T) {
	r := newRig(t, "respond: {status: 500}")
	list := r.rules(r.call("PUT", "/v1/rules",
		`[{"match": {"key": "a"}, "respond": {"status": 404}}, "match: {key: b}, respond: {status: 403}"]`))
	require.Len(t, list, 2)
	assert.Equal(t, []int{404, 403, 200}, []int{r.get("a"), r.get("b"), r.get("c")})
	assert.Equal(t, []int{2, 3}, []int{list[0].ID, list[1].ID})
	assert.Equal(t, http.StatusNotFound, r.call("DELETE", "/v1/rules/1", "").status,
		"an id of before names no rule of now")
	assert.Equal(t, 400, r.call("PUT", "/v1/rules", `["respond: {status: 500}", "nonsense"]`).status)
	assert.Equal(t, []int{404, 403, 200}, []int{r.get("a"), r.get("b"), r.get("c")})
	assert.Empty(t, r.rules(r.call("PUT", "/v1/rules", `[]`)))
	assert.Equal(t, 200, r.get("a"))
}

// Python's json.dumps escapes whatever is no ASCII.
func TestARuleMayBeEscapedAsJSONIs(t *testing.T) {
	r := newRig(t)
	text := `{"name": "\u00e9 \ud83e\udd86", "respond": {}}`
	assert.Equal(t, "é 🦆", r.one(http.StatusCreated, r.call("POST", "/v1/rules", text)).Label)
	assert.Equal(t, "é 🦆", r.rules(r.call("PUT", "/v1/rules", "["+text+"]"))[0].Label)
}

// What is listed can be put in place again, to the letter.
func TestTheListOfRulesRoundTrips(t *testing.T) {
	r := newRig(t)
	put := func(rules []string) []rule {
		body, err := json.Marshal(rules)
		require.NoError(t, err)
		return r.rules(r.call("PUT", "/v1/rules", string(body)))
	}
	first := put([]string{
		`name: "a: b, \"c\" #d 🦆", match: {operation: GetObject, bucket: demo, key: "*.{bin,txt}", header: {x-a: "1, 2"}, query: {a: "="}, part: 3, attempt: 2}, times: 2, after: 1, probability: 0.25, during: [1s, 1m30s], optional: true, respond: {status: 503, code: SlowDown, headers: {X-A: b}, retry_after: 2s}`,
		`{"match": {"key": "a\nb"}, "latency": {"delay": "100ms", "jitter": "10ms", "before": "response"}}`,
		"after_upstream: true, timeout: 1500ms", "throttle: {rate: 0.5, burst: 2, per: prefix}",
		"reset_peer: {at: response_body, after_bytes: 3MiB}",
	})
	require.Len(t, first, 5)
	textsOf := func(rules []rule) (texts []string) {
		for _, one := range rules {
			texts = append(texts, one.Rule)
		}
		return texts
	}
	texts := textsOf(first)
	assert.Equal(t, first, r.rules(r.call("GET", "/v1/rules", "")))
	assert.Equal(t, texts, textsOf(put(texts)))
	assert.Equal(t, texts, textsOf(r.rules(r.call("GET", "/v1/rules", ""))))
}

func TestThereMayBeAThousandRules(t *testing.T) {
	r := newRig(t)
	for range 1000 {
		_, err := r.proxy.Rules().Add(faultproxy.Rule{
			Match: faultproxy.Match{Operation: "DeleteBucket"},
			Fault: faultproxy.Timeout(0),
		})
		require.NoError(t, err)
	}
	assert.Equal(t, http.StatusUnprocessableEntity, r.call("POST", "/v1/rules", "timeout: {}").status)
	assert.Equal(t, http.StatusNoContent, r.call("DELETE", "/v1/rules/1", "").status)
	assert.Equal(t, http.StatusCreated, r.call("POST", "/v1/rules", "timeout: {}").status)
}

func TestARuleThatCanNeverFireSaysWhy(t *testing.T) {
	r := newRig(t, "name: all, timeout: {}")
	one := r.one(http.StatusCreated, r.call("POST", "/v1/rules", "name: late, match: {key: a}, respond: {}"))
	assert.Equal(t, "it can never fire: rule all takes every request it is for", one.Warning)
	r.call("PATCH", "/v1/rules/1", `{"enabled": false}`)
	list := r.rules(r.call("GET", "/v1/rules", ""))
	assert.Empty(t, list[0].Warning+list[1].Warning, "a disabled rule takes nothing")
}

func TestRemovingARuleLetsGoOfAStalledConnection(t *testing.T) {
	for name, c := range map[string]struct{ method, path, body string }{
		"removed":  {"DELETE", "/v1/rules/1", ""},
		"disabled": {"PATCH", "/v1/rules/1", `{"enabled": false}`},
		"replaced": {"PUT", "/v1/rules", `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "timeout: {}")
			follower := r.proxy.Journal().Follow()
			defer follower.Close()
			conn, err := net.Dial("tcp", strings.TrimPrefix(r.s3, "http://"))
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "GET /demo/a HTTP/1.1\r\nHost: s3\r\n\r\n")
			require.NoError(t, err)
			rec, err := follower.Next(t.Context())
			require.NoError(t, err)
			require.False(t, rec.Done)
			require.Eventually(t, func() bool { return r.proxy.Rules().Fired()[0] == 1 }, 10*time.Second,
				time.Millisecond, "it arrives before it is struck")

			assert.Less(t, r.call(c.method, c.path, c.body).status, 300)
			got, err := io.ReadAll(conn)
			require.NoError(t, err, "the connection is closed in order")
			assert.Empty(t, got)
			rec, err = follower.Next(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "timeout", rec.Ended)
			assert.Equal(t, 200, r.get("a"))
		})
	}
}

func TestRulesMayChangeWhileRequestsFlow(t *testing.T) {
	r := newRig(t)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 25 {
				one := r.one(http.StatusCreated,
					r.call("POST", "/v1/rules", fmt.Sprintf("match: {key: k%d}, respond: {status: 503}", i)))
				assert.Equal(t, 503, r.get(fmt.Sprintf("k%d", i)))
				r.call("POST", fmt.Sprintf("/v1/rules/%d/reset", one.ID), "")
				assert.Equal(t, http.StatusNoContent, r.call("DELETE", fmt.Sprintf("/v1/rules/%d", one.ID), "").status)
				assert.Equal(t, 200, r.get(fmt.Sprintf("k%d", i)))
			}
		})
	}
	group.Wait()
	assert.Empty(t, r.rules(r.call("GET", "/v1/rules", "")))
	assert.Equal(t, 200, r.proxy.Journal().Sends())
}
