package faultproxy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// The members that HAR 1.2 requires, with their types. An object is a map of its members, a list
// holds a model of its items. http://www.softwareishard.com/blog/har-12-spec/
var (
	harPairs = []any{map[string]any{"name": "", "value": ""}}
	har12    = map[string]any{"log": map[string]any{
		"version": "", "creator": map[string]any{"name": "", "version": ""},
		"entries": []any{map[string]any{
			"startedDateTime": "", "time": 0.0, "cache": map[string]any{},
			"request": map[string]any{
				"method": "", "url": "", "httpVersion": "", "cookies": harPairs, "headers": harPairs,
				"queryString": harPairs, "headersSize": 0.0, "bodySize": 0.0,
			},
			"response": map[string]any{
				"status": 0.0, "statusText": "", "httpVersion": "", "cookies": harPairs, "headers": harPairs,
				"content": map[string]any{"size": 0.0, "mimeType": ""}, "redirectURL": "", "headersSize": 0.0,
				"bodySize": 0.0,
			},
			"timings": map[string]any{"send": 0.0, "wait": 0.0, "receive": 0.0},
		}},
	}}
)

// conforms fails the test if a document differs from the model.
func conforms(t *testing.T, at string, model, got any) {
	switch model := model.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		require.True(t, ok, "%s is no object", at)
		for name, member := range model {
			value, ok := object[name]
			require.True(t, ok, "%s.%s is missing", at, name)
			conforms(t, at+"."+name, member, value)
		}
	case []any:
		list, ok := got.([]any)
		require.True(t, ok, "%s is no list", at)
		for _, item := range list {
			conforms(t, at+"[]", model[0], item)
		}
	default:
		require.IsType(t, model, got, at)
	}
}

func TestHARConformsToItsSpecification(t *testing.T) {
	date := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$`)
	for _, tls := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			lab := faulttest.LabConfig{TLS: tls}.New(t, echo)
			for key, fault := range map[string]faultproxy.Fault{
				"reset": faultproxy.ResetPeer(faultproxy.AtResponseBody, 3), "redirect": faultproxy.Redirect(0, ""),
				"slow":  faultproxy.Latency(3 * time.Second),
				"never": faultproxy.Timeout(0),
			} {
				lab.Rule("", faultproxy.Key(key), fault)
			}
			lab.Add(faultproxy.Rule{Times: 1, Fault: faultproxy.Refuse("")})
			client := &http.Client{
				Transport: lab.HTTPClient().Transport, Timeout: time.Minute,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			for _, target := range []string{
				"first?x-id=GetObject", "a%20b?a=b%26c&d", "reset",
				"redirect?X-Amz-Signature=0123", "slow", "never",
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut} {
					req, err := http.NewRequestWithContext(t.Context(), method, lab.URL()+"/demo/"+target,
						strings.NewReader("body"))
					require.NoError(t, err)
					if resp, err := client.Do(req); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
					}
				}
			}
			if !tls {
				_, _ = exchangeBroken(t, lab)
			}
			var out bytes.Buffer
			require.NoError(t, lab.Journal().WriteHAR(&out))
			var doc map[string]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &doc))
			conforms(t, "har", har12, doc)
			entries := doc["log"].(map[string]any)["entries"].([]any)
			assert.GreaterOrEqual(t, len(entries), 18)
			last := ""
			for _, e := range entries {
				entry := e.(map[string]any)
				started := entry["startedDateTime"].(string)
				assert.Regexp(t, date, started)
				assert.LessOrEqual(t, last, started, "entries are in order")
				last = started
				timings := entry["timings"].(map[string]any)
				sum := 0.0
				for _, part := range timings {
					sum += part.(float64)
				}
				assert.InDelta(t, entry["time"], sum, 1e-6, "time is the sum of the timings")
				u, err := url.Parse(entry["request"].(map[string]any)["url"].(string))
				require.NoError(t, err)
				assert.NotEmpty(t, u.Host, "a URL is absolute: %v", u)
				want := "http"
				if tls {
					want = "https"
				}
				assert.Equal(t, want, u.Scheme)
				status := entry["response"].(map[string]any)["status"].(float64)
				assert.Equal(t, math.Trunc(status), status)
			}
		})
	}
}

// exchangeBroken sends bytes that are not valid HTTP, and returns the response.
func exchangeBroken(t *testing.T, lab *faulttest.Lab) (string, error) {
	c, err := lab.Network().DialContext(t.Context(), "tcp", "s3.test:80")
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c,
		"GET /demo/a HTTP/1.1\r\nHost: s3.test\r\nAuthorization : "+keys.SecretAccessKey+"\r\n\r\n")
	require.NoError(t, err)
	got, err := io.ReadAll(c)
	return string(got), err
}
