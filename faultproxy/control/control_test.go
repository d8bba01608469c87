package control_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
)

func TestOnlyTheTokenOpensAnythingButHealth(t *testing.T) {
	r := newRig(t)
	wrong := []string{
		"", token, "Basic " + token, "Bearer", "Bearer ", "Bearer " + token[:len(token)-1], "Bearer " + token + "x",
		"Bearer " + strings.ToUpper(token), "Bearer Bearer " + token,
	}
	for _, route := range r.handler.Routes() {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, "{id}", "1")
		for _, authorization := range wrong {
			a := r.callWith(authorization, method, path, "")
			if path == "/healthz" {
				assert.Equal(t, http.StatusOK, a.status)
				continue
			}
			assert.Equal(t, http.StatusUnauthorized, a.status, "%s with %q", route, authorization)
			assert.Equal(t, `Bearer realm="s3chaos"`, a.header.Get("WWW-Authenticate"))
			assert.NotContains(t, a.body, token)
		}
	}
	assert.Equal(t, http.StatusUnauthorized, r.callWith("", "GET", "/no/such/thing", "").status, "not even what there is shows")
	assert.Equal(t, http.StatusOK, r.callWith("bearer  "+token, "GET", "/v1/rules", "").status)
}

func TestAWrongRequestIsToldWhatToDo(t *testing.T) {
	r := newRig(t, "name: first, timeout: {}")
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"path":           {"GET", "/v2/rules", "", 404, `{"error":"there is no such resource","problems":[{"where":"path /v2/rules","message":"unknown","hint":"GET /openapi.yaml describes what there is"}]}`},
		"method":         {"DELETE", "/v1/rules", "", 405, `{"error":"DELETE cannot be done to this resource","problems":[{"where":"method","message":"DELETE is none of GET, POST, PUT","hint":"GET /openapi.yaml describes what each does"}]}`},
		"id":             {"GET", "/v1/rules/7", "", 404, `{"error":"there is no such rule","problems":[{"where":"path /v1/rules/7","message":"no rule has the id \"7\"","hint":"GET /v1/rules lists the rules and their ids"}]}`},
		"no number":      {"DELETE", "/v1/rules/first", "", 404, `{"error":"there is no such rule","problems":[{"where":"path /v1/rules/first","message":"no rule has the id \"first\"","hint":"GET /v1/rules lists the rules and their ids"}]}`},
		"text":           {"POST", "/v1/rules", "{timeuot: {}, tmes: 2}", 400, `{"error":"the rule is not understood","problems":[{"where":"column 2","message":"unknown rule key \"timeuot\"","hint":"did you mean timeout?"},{"where":"column 15","message":"unknown rule key \"tmes\"","hint":"did you mean times?"}]}`},
		"field":          {"POST", "/v1/rules", `{"match": {"operation": "GetObjekt"}, "timeout": {}}`, 400, `{"error":"the rule is not understood","problems":[{"where":"match.operation","message":"unknown operation \"GetObjekt\"","hint":"did you mean GetObject?"}]}`},
		"impossible":     {"POST", "/v1/rules", "tls: expired", 422, `{"error":"this proxy cannot do the rule","problems":[{"where":"tls","message":"needs a proxy that speaks TLS"}]}`},
		"one of several": {"PUT", "/v1/rules", `["timeout: {}", {"respond": {"status": 503}, "times": -1}]`, 400, `{"error":"the rules are not understood; none was changed","problems":[{"where":"rule 2, times","message":"-1 is negative"}]}`},
		"no array":       {"PUT", "/v1/rules", `null`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"null where an array belongs","hint":"send a JSON array whose items are rules: objects, or strings with their text"}]}`},
		"all impossible": {"PUT", "/v1/rules", `["tls: expired"]`, 422, `{"error":"this proxy cannot do the rules; none was changed","problems":[{"where":"rules","message":"rule 1: tls: needs a proxy that speaks TLS"}]}`},
		"toggle":         {"PATCH", "/v1/rules/1", `{}`, 400, `{"error":"nothing to change","problems":[{"where":"enabled","message":"missing","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"toggle what":    {"PATCH", "/v1/rules/1", `{"enable": true}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"unknown field \"enable\"","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"no JSON":        {"PATCH", "/v1/rules/1", `{"enabled": fals}`, 400, `{"error":"the request is not understood","problems":[{"where":"body, byte 17","message":"invalid character '}' in literal false (expecting 'e')","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"twice":          {"PATCH", "/v1/rules/1", `{"enabled": false} {}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"more than one value","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"format":         {"GET", "/v1/journal?format=xml", "", 400, `{"error":"unknown format of the journal","problems":[{"where":"query format","message":"\"xml\" is neither ndjson nor har","hint":"leave it out for ndjson"}]}`},
		"history":        {"GET", "/v1/journal/events?history=maybe", "", 400, `{"error":"unknown kind of history","problems":[{"where":"query history","message":"\"maybe\" is neither true nor false","hint":"true begins with the records there are"}]}`},
		"too large":      {"POST", "/v1/rules", strings.Repeat("x", 1<<20+1), 413, `{"error":"the request is too large","problems":[{"where":"body","message":"more than 1048576 bytes","hint":"send fewer rules at once"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.call(c.method, c.path, c.body)
			assert.Equal(t, c.status, a.status)
			assert.Equal(t, "application/json", a.header.Get("Content-Type"))
			assert.JSONEq(t, c.want, a.body)
		})
	}
	list := r.rules(r.call("GET", "/v1/rules", ""))
	require.Len(t, list, 1, "a wrong request changed something")
	assert.True(t, list[0].Enabled)
	assert.Equal(t, "GET, POST, PUT", r.call("DELETE", "/v1/rules", "").header.Get("Allow"))
}

func TestAHandlerNeedsAProxyAndAGoodToken(t *testing.T) {
	proxy, err := faultproxy.New(faultproxy.Config{Upstream: "127.0.0.1:1"})
	require.NoError(t, err)
	for want, cfg := range map[string]control.Config{
		"Proxy is nil":                          {Token: token},
		"Token has less than 16 characters":     {Proxy: proxy, Token: token[:15]},
		"Token holds what a header cannot":      {Proxy: proxy, Token: token + "\n"},
		"Token holds what a header cannot: use": {Proxy: proxy, Token: "a token with blanks"},
		"Heartbeat is negative":                 {Proxy: proxy, Token: token, Heartbeat: -time.Second},
	} {
		_, err := control.New(cfg)
		require.ErrorIs(t, err, control.ErrConfig)
		require.ErrorContains(t, err, want)
	}
	a, b := control.NewToken(), control.NewToken()
	assert.NotEqual(t, a, b)
	handler, err := control.New(control.Config{Proxy: proxy, Token: a})
	require.NoError(t, err)
	require.NoError(t, handler.Close())
	require.NoError(t, handler.Close(), "again")
}
