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
	assert.Equal(t, http.StatusUnauthorized, r.callWith("", "GET", "/no/such/thing", "").status,
		"not even what there is shows")
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
		"method":         {"DELETE", "/v1/rules", "", 405, `{"error":"DELETE cannot be done to this resource","problems":[{"where":"method","message":"DELETE: want GET, POST, PUT","hint":"GET /openapi.yaml describes what each does"}]}`},
		"id":             {"GET", "/v1/rules/7", "", 404, `{"error":"there is no such rule","problems":[{"where":"path /v1/rules/7","message":"no rule has the id \"7\"","hint":"GET /v1/rules lists the rules and their ids"}]}`},
		"no number":      {"DELETE", "/v1/rules/first", "", 404, `{"error":"there is no such rule","problems":[{"where":"path /v1/rules/first","message":"no rule has the id \"first\"","hint":"GET /v1/rules lists the rules and their ids"}]}`},
		"text":           {"POST", "/v1/rules", "{timeuot: {}, tmes: 2}", 400, `{"error":"the rule is not understood","problems":[{"where":"column 2","message":"unknown rule key \"timeuot\"","hint":"did you mean timeout?"},{"where":"column 15","message":"unknown rule key \"tmes\"","hint":"did you mean times?"}]}`},
		"field":          {"POST", "/v1/rules", `{"match": {"operation": "GetObjekt"}, "timeout": {}}`, 400, `{"error":"the rule is not understood","problems":[{"where":"match.operation","message":"unknown operation \"GetObjekt\"","hint":"did you mean GetObject?"}]}`},
		"impossible":     {"POST", "/v1/rules", "tls: expired", 422, `{"error":"this proxy cannot do the rule","problems":[{"where":"tls","message":"needs a proxy that speaks TLS"}]}`},
		"one of several": {"PUT", "/v1/rules", `["timeout: {}", {"respond": {"status": 503}, "times": -1}]`, 400, `{"error":"the rules are not understood; none was changed","problems":[{"where":"rule 2, times","message":"-1: want 0 or more"}]}`},
		"no array":       {"PUT", "/v1/rules", `null`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"null where an array belongs","hint":"send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"}]}`},
		"all impossible": {"PUT", "/v1/rules", `["tls: expired"]`, 422, `{"error":"this proxy cannot do the rules; none was changed","problems":[{"where":"rules","message":"rule 1: tls: needs a proxy that speaks TLS"}]}`},
		"toggle":         {"PATCH", "/v1/rules/1", `{}`, 400, `{"error":"nothing to change","problems":[{"where":"enabled","message":"missing","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"toggle what":    {"PATCH", "/v1/rules/1", `{"enable": true}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"unknown field \"enable\"","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"no JSON":        {"PATCH", "/v1/rules/1", `{"enabled": fals}`, 400, `{"error":"the request is not understood","problems":[{"where":"body, byte 17","message":"invalid character '}' in literal false (expecting 'e')","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"twice":          {"PATCH", "/v1/rules/1", `{"enabled": false} {}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"more than one value","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"format":         {"GET", "/v1/journal?format=xml", "", 400, `{"error":"the query is not understood","problems":[{"where":"query format","message":"\"xml\": want ndjson or har","hint":"leave it out for ndjson"}]}`},
		"history":        {"GET", "/v1/journal/events?history=maybe", "", 400, `{"error":"the query is not understood","problems":[{"where":"query history","message":"\"maybe\": want true or false"}]}`},
		"parameter":      {"GET", "/v1/journal?operatoin=PutObject", "", 400, `{"error":"the query is not understood","problems":[{"where":"query operatoin","message":"unknown parameter","hint":"did you mean operation?"}]}`},
		"no parameters":  {"POST", "/v1/rules/reset?all", "", 400, `{"error":"the query is not understood","problems":[{"where":"query all","message":"unknown parameter","hint":"this request takes none"}]}`},
		"given twice":    {"GET", "/v1/journal?status=503&status=500", "", 400, `{"error":"the query is not understood","problems":[{"where":"query status","message":"it is given twice","hint":"give it once"}]}`},
		"bad pattern":    {"GET", "/v1/journal/count?key=[a&after=-1", "", 400, `{"error":"the query is not understood","problems":[{"where":"query after","message":"\"-1\": want a whole number, 0 or more"},{"where":"query key","message":"pattern has \"[\" without \"]\" (write \"\\[\" for the character)"}]}`},
		"bad escape":     {"GET", "/v1/journal?key=%zz", "", 400, `{"error":"the request is not understood","problems":[{"where":"query","message":"invalid URL escape \"%zz\"","hint":"write it as name=value\u0026name=value, escaped as in a URL"}]}`},
		"array":          {"POST", "/v1/rules", `["timeout: {}"]`, 400, `{"error":"the rule is not understood","problems":[{"where":"body","message":"an array where one rule belongs","hint":"PUT /v1/rules puts an array of rules in place of all there are"}]}`},
		"empty":          {"PUT", "/v1/rules", "", 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"it is empty","hint":"send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"}]}`},
		"an object":      {"PUT", "/v1/rules", `{"rules":[]}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"an object where an array belongs","hint":"send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"}]}`},
		"cut off":        {"PUT", "/v1/rules", `["timeout: {}"`, 400, `{"error":"the request is not understood","problems":[{"where":"body, byte 14","message":"the text ends too soon","hint":"send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"}]}`},
		"no UTF-8":       {"PUT", "/v1/rules", "[\"name: \xff, timeout: {}\"]", 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"text is not valid UTF-8","hint":"send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"}]}`},
		"no rules":       {"PUT", "/v1/rules", `[null, 1, "timeout: {}"]`, 400, `{"error":"the rules are not understood; none was changed","problems":[{"where":"rule 1","message":"neither an object nor a string"},{"where":"rule 2","message":"neither an object nor a string"}]}`},
		"too many":       {"PUT", "/v1/rules", "[" + strings.Repeat(`"timeout: {}",`, 1000) + `"timeout: {}"]`, 422, `{"error":"too many rules; none was changed","problems":[{"where":"rules","message":"1001, of which there may be 1000","hint":"one rule matches many requests by glob"}]}`},
		"toggle to":      {"PATCH", "/v1/rules/1", `{"enabled": 0}`, 400, `{"error":"the request is not understood","problems":[{"where":"enabled","message":"a number where true or false belongs","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"toggle all":     {"PATCH", "/v1/rules/1", `[]`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"an array where an object belongs","hint":"send {\"enabled\": true} or {\"enabled\": false}"}]}`},
		"reset which":    {"POST", "/v1/rules/reset", `{"id": 1}`, 400, `{"error":"the request is not understood","problems":[{"where":"body","message":"there is one where none belongs","hint":"the path says which rule is meant"}]}`},
		"reset unknown":  {"POST", "/v1/rules/99999999999999999999/reset", "", 404, `{"error":"there is no such rule","problems":[{"where":"path /v1/rules/99999999999999999999/reset","message":"no rule has the id \"99999999999999999999\"","hint":"GET /v1/rules lists the rules and their ids"}]}`},
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

func TestTheTypeOfARequestIsUnderstoodOrRefused(t *testing.T) {
	r := newRig(t)
	for kind, want := range map[string]int{
		"": 201, "application/json": 201, "application/json; charset=UTF-8": 201, "text/plain": 201,
		"application/x-www-form-urlencoded": 201, "application/yaml": 201,
		"image/png": 415, "multipart/form-data; boundary=x": 415, "text/plain; charset=utf-16": 415, "nonsense; ;": 415,
	} {
		assert.Equal(t, want, r.callAs(kind, "POST", "/v1/rules", "timeout: {}").status, kind)
	}
	assert.JSONEq(t, `{"error":"the request is of a type that is not understood","problems":[{"where":"header Content-Type","message":"\"image/png\" is no text of rules","hint":"send application/json or text/plain, in UTF-8"}]}`,
		r.callAs("image/png", "PUT", "/v1/rules", "[]").body)
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.api+"/v1/rules", strings.NewReader("\x1f\x8b"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Encoding", "gzip")
	a := r.send(req)
	assert.Equal(t, 415, a.status)
	assert.Contains(t, a.body, `"where":"header Content-Encoding"`)
}

// A page in a browser can neither read nor change anything, by whatever name it reaches the port:
// it has no token.
func TestAPageInABrowserIsAStranger(t *testing.T) {
	r := newRig(t, "timeout: {}")
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"} {
		req, err := http.NewRequestWithContext(t.Context(), method, r.api+"/v1/rules", strings.NewReader("timeout: {}"))
		require.NoError(t, err)
		req.Host = "attacker.example"
		req.Header.Set("Origin", "http://attacker.example")
		req.Header.Set("Access-Control-Request-Headers", "authorization")
		a := r.send(req)
		assert.Equal(t, http.StatusUnauthorized, a.status, method)
		for name := range a.header {
			assert.NotContains(t, name, "Access-Control", method)
		}
	}
	assert.Len(t, r.rules(r.call("GET", "/v1/rules", "")), 1)
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

func TestJournalIsFilteredAndCounted(t *testing.T) {
	r := newRig(t, "name: slow, match: {key: b*}, respond: {status: 503, code: SlowDown}")
	for _, key := range []string{"a", "b", "bb", "c"} {
		r.get(key)
	}
	for query, want := range map[string]string{
		"":                            `{"count":4}`,
		"?operation=Get*":             `{"count":4}`,
		"?operation=PutObject":        `{"count":0}`,
		"?key=b*":                     `{"count":2}`,
		"?key=b&status=503":           `{"count":1}`,
		"?code=SlowDown&rule=slow":    `{"count":2}`,
		"?after=3":                    `{"count":1}`,
		"?ended=complete&key=b&key=b": "",
	} {
		a := r.call("GET", "/v1/journal/count"+query, "")
		if want == "" {
			assert.Equal(t, 400, a.status, query)
			continue
		}
		assert.JSONEq(t, want, a.body, query)
	}
	assert.Len(t, strings.Split(strings.TrimSpace(r.call("GET", "/v1/journal?key=b*", "").body), "\n"), 2)
	assert.Equal(t, 1, strings.Count(r.call("GET", "/v1/journal?format=har&key=c", "").body, `"startedDateTime"`))
}
