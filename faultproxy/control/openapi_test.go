package control_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// document is an OpenAPI file as plain values.
type document struct {
	t    *testing.T
	root map[string]any
}

func loadDocument(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	d := document{t: t}
	require.NoError(t, yaml.Unmarshal(text, &d.root))
	return d
}

// resolve follows references.
func (d document) resolve(v any) map[string]any {
	d.t.Helper()
	m, ok := v.(map[string]any)
	require.True(d.t, ok, "%v is no mapping", v)
	ref, ok := m["$ref"].(string)
	if !ok {
		return m
	}
	at := d.root
	path, ok := strings.CutPrefix(ref, "#/")
	require.True(d.t, ok, ref)
	for name := range strings.SplitSeq(path, "/") {
		require.Contains(d.t, at, name, ref)
		at = at[name].(map[string]any)
	}
	return d.resolve(at)
}

// operations are the described methods and paths, each with what it answers.
func (d document) operations() map[string]map[string]any {
	list := map[string]map[string]any{}
	for path, item := range d.root["paths"].(map[string]any) {
		for method, op := range d.resolve(item) {
			if method != "parameters" {
				list[strings.ToUpper(method)+" "+path] = d.resolve(op)
			}
		}
	}
	return list
}

// check holds a value against a schema.
func (d document) check(value any, schema any, at string) {
	d.t.Helper()
	s := d.resolve(schema)
	if enum, ok := s["enum"].([]any); ok {
		assert.Contains(d.t, enum, value, at)
	}
	switch s["type"] {
	case "object":
		d.checkObject(value, s, at)
	case "array":
		items, ok := value.([]any)
		require.True(d.t, ok, "%s: %v is no array", at, value)
		if least, ok := s["minItems"].(int); ok {
			assert.GreaterOrEqual(d.t, len(items), least, at)
		}
		for i, item := range items {
			d.check(item, s["items"], fmt.Sprintf("%s[%d]", at, i))
		}
	case "string":
		assert.IsType(d.t, "", value, at)
	case "boolean":
		assert.IsType(d.t, true, value, at)
	case "integer":
		n, ok := value.(float64)
		require.True(d.t, ok, "%s: %v is no number", at, value)
		assert.InDelta(d.t, float64(int64(n)), n, 0, at)
		if least, ok := s["minimum"].(int); ok {
			assert.GreaterOrEqual(d.t, n, float64(least), at)
		}
	default:
		d.t.Errorf("%s: a schema of type %v is not checked", at, s["type"])
	}
}

func (d document) checkObject(value any, s map[string]any, at string) {
	object, ok := value.(map[string]any)
	require.True(d.t, ok, "%s: %v is no object", at, value)
	required, _ := s["required"].([]any)
	for _, name := range required {
		assert.Contains(d.t, object, name, at)
	}
	properties, _ := s["properties"].(map[string]any)
	for name, v := range object {
		if property, known := properties[name]; known {
			d.check(v, property, at+"."+name)
		} else if extra, ok := s["additionalProperties"].(map[string]any); ok {
			d.check(v, extra, at+"."+name)
		} else {
			assert.NotEqual(d.t, false, s["additionalProperties"], "%s.%s is not described", at, name)
		}
	}
}

func TestTheDescriptionHasEachFieldOfAMatch(t *testing.T) {
	d := loadDocument(t)
	schema := d.resolve(map[string]any{"$ref": "#/components/schemas/Match"})
	described := slices.Collect(maps.Keys(schema["properties"].(map[string]any)))
	var fields []string
	for field := range reflect.TypeFor[faultproxy.Match]().Fields() {
		fields = append(fields, field.Tag.Get("yaml"))
	}
	slices.Sort(fields)
	assert.ElementsMatch(t, slices.Compact(fields), described)
}

func TestDescriptionHasEachFaultWithItsParameters(t *testing.T) {
	d := loadDocument(t)
	rule := d.resolve(map[string]any{"$ref": "#/components/schemas/NewRule"})["properties"].(map[string]any)
	for _, kind := range faultproxy.Kinds() {
		assert.Contains(t, rule, kind)
		fault, _ := faultproxy.NewFault(kind)
		var fields []string
		for field := range reflect.TypeOf(fault).Elem().Fields() {
			if name := field.Tag.Get("yaml"); name != "" {
				fields = append(fields, name)
			}
		}
		schema := d.resolve(map[string]any{"$ref": "#/components/schemas/Fault_" + kind})
		properties, _ := schema["properties"].(map[string]any)
		slices.Sort(fields)
		assert.ElementsMatch(t, slices.Compact(fields), slices.Collect(maps.Keys(properties)), kind)
	}
	for field := range reflect.TypeFor[faultproxy.Rule]().Fields() {
		if name := field.Tag.Get("yaml"); name != "-" {
			assert.Contains(t, rule, name)
		}
	}
}

func TestTheDescriptionHasEachRouteAndNoOther(t *testing.T) {
	d, r := loadDocument(t), newRig(t)
	var described []string
	for name := range d.operations() {
		described = append(described, name)
	}
	assert.ElementsMatch(t, r.handler.Routes(), described)
	served := r.call("GET", "/openapi.yaml", "")
	text, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(text), served.body)
}

// samples are requests for each described answer: "METHOD PATH STATUS" to a path, a body and its
// type. They are sent to a proxy that has two rules and has seen a request.
var samples = map[string]struct{ path, body, kind string }{
	"GET /healthz 200":      {},
	"GET /metrics 200":      {},
	"GET /openapi.yaml 200": {},
	"GET /v1/rules 200":     {},
	"POST /v1/rules 201": {
		body: `{"match": {"operation": "GetObject", "key": "x"}, "times": 2, "respond": {"status": 503}}`,
	},
	"POST /v1/rules 400":              {body: `{`},
	"POST /v1/rules 413":              {body: tooLarge},
	"POST /v1/rules 422":              {body: "tls: expired"},
	"PUT /v1/rules 200":               {body: `["name: a, timeout: {}", {"name": "b", "timeout": {}}]`},
	"PUT /v1/rules 400":               {body: `["timeout"]`},
	"PUT /v1/rules 413":               {body: tooLarge},
	"PUT /v1/rules 422":               {body: `["tls: expired"]`},
	"POST /v1/rules/reset 200":        {},
	"GET /v1/rules/{id} 200":          {path: "/v1/rules/1"},
	"GET /v1/rules/{id} 404":          {path: "/v1/rules/99"},
	"PATCH /v1/rules/{id} 200":        {path: "/v1/rules/1", body: `{"enabled": false}`},
	"PATCH /v1/rules/{id} 400":        {path: "/v1/rules/1", body: `{}`},
	"PATCH /v1/rules/{id} 404":        {path: "/v1/rules/99", body: `{"enabled": false}`},
	"PATCH /v1/rules/{id} 413":        {path: "/v1/rules/1", body: tooLarge},
	"DELETE /v1/rules/{id} 204":       {path: "/v1/rules/1"},
	"DELETE /v1/rules/{id} 404":       {path: "/v1/rules/99"},
	"POST /v1/rules/{id}/reset 200":   {path: "/v1/rules/2/reset"},
	"POST /v1/rules/{id}/reset 404":   {path: "/v1/rules/99/reset"},
	"POST /v1/rules 415":              {kind: "image/png", body: "timeout: {}"},
	"PUT /v1/rules 415":               {kind: "multipart/form-data; boundary=x", body: "[]"},
	"PATCH /v1/rules/{id} 415":        {kind: "application/xml", path: "/v1/rules/1", body: `{"enabled": false}`},
	"DELETE /v1/rules/{id} 400":       {path: "/v1/rules/1", body: "all"},
	"DELETE /v1/rules/{id} 413":       {path: "/v1/rules/1", body: tooLarge},
	"DELETE /v1/rules/{id} 415":       {kind: "image/png", path: "/v1/rules/1"},
	"POST /v1/rules/reset 400":        {body: `{"id": 1}`},
	"POST /v1/rules/reset 413":        {body: tooLarge},
	"POST /v1/rules/reset 415":        {kind: "image/png"},
	"POST /v1/rules/{id}/reset 400":   {path: "/v1/rules/2/reset", body: "[]"},
	"POST /v1/rules/{id}/reset 413":   {path: "/v1/rules/2/reset", body: tooLarge},
	"POST /v1/rules/{id}/reset 415":   {path: "/v1/rules/2/reset", kind: "image/png"},
	"PUT /v1/rules/{id} 200":          {path: "/v1/rules/1", body: `timeout: {}`},
	"PUT /v1/rules/{id} 400":          {path: "/v1/rules/1", body: `{`},
	"PUT /v1/rules/{id} 404":          {path: "/v1/rules/99", body: `timeout: {}`},
	"PUT /v1/rules/{id} 413":          {path: "/v1/rules/1", body: tooLarge},
	"PUT /v1/rules/{id} 415":          {path: "/v1/rules/1", kind: "image/png", body: `timeout: {}`},
	"PUT /v1/rules/{id} 422":          {path: "/v1/rules/1", body: `tls: expired`},
	"POST /v1/rules 422 (before)":     {path: "/v1/rules?before=99", body: "timeout: {}"},
	"POST /v1/rules 400 (before)":     {path: "/v1/rules?before=first", body: "timeout: {}"},
	"POST /v1/reset 204":              {},
	"POST /v1/reset 400":              {path: "/v1/reset?objects=some"},
	"POST /v1/reset 413":              {body: tooLarge},
	"POST /v1/reset 415":              {kind: "image/png"},
	"POST /v1/reset 422":              {path: "/v1/reset?objects=true"},
	"GET /v1/journal 200":             {},
	"GET /v1/journal 400":             {path: "/v1/journal?format=xml"},
	"GET /v1/journal/count 200":       {path: "/v1/journal/count?operation=Get*&status=200"},
	"GET /v1/journal/count 400":       {path: "/v1/journal/count?after=x"},
	"GET /v1/journal/events 400":      {path: "/v1/journal/events?history=perhaps"},
	"GET /v1/journal/events 200":      {}, // does not end: below
	"GET /healthz 503":                {}, // of a handler that was closed: below
	"GET /v1/journal 200 (as an HAR)": {path: "/v1/journal?format=har"},
}

var tooLarge = strings.Repeat(" ", 1<<20+1)

func TestEachDescribedAnswerIsGiven(t *testing.T) {
	d := loadDocument(t)
	used := map[string]bool{}
	for name, op := range d.operations() {
		for status, response := range op["responses"].(map[string]any) {
			test := name + " " + status
			t.Run(test, func(t *testing.T) {
				r := newRig(t, "match: {key: b}, respond: {}", "match: {bucket: other}, timeout: {}")
				r.get("a")
				response := document{t, d.root}.resolve(response)
				if status == "401" {
					method, path, _ := strings.Cut(name, " ")
					document{t, d.root}.answers(response,
						r.callWith("", method, strings.ReplaceAll(path, "{id}", "1"), ""), 401)
					return
				}
				for sample, s := range samples {
					if sample != test && !strings.HasPrefix(sample, test+" (") {
						continue
					}
					used[sample] = true
					document{t, d.root}.answers(response, r.sample(sample, s.path, s.body, s.kind), 0)
				}
				assert.True(t, used[test], "no sample for %s", test)
			})
		}
		security, open := op["security"].([]any)
		assert.Equal(t, name == "GET /healthz", open && len(security) == 0, "%s: who may", name)
	}
	for sample := range samples {
		assert.True(t, used[sample], "%s is not described", sample)
	}
}

// sample sends one and looks that its status is the one in its name.
func (r *rig) sample(name, path, body, kind string) answer {
	r.t.Helper()
	fields := strings.Fields(name)
	if path == "" {
		path = fields[1]
	}
	switch name {
	case "GET /v1/journal/events 200":
		require.NoError(r.t, r.follow("").body.Close())
		return answer{200, http.Header{"Content-Type": {"text/event-stream"}}, ""} // follow has looked
	case "GET /healthz 503":
		require.NoError(r.t, r.handler.Close())
	}
	a := r.callAs(kind, fields[0], path, body)
	require.Equal(r.t, fields[2], fmt.Sprint(a.status), a.body)
	return a
}

// answers holds an answer against its description.
func (d document) answers(response map[string]any, a answer, status int) {
	d.t.Helper()
	if status != 0 {
		require.Equal(d.t, status, a.status)
	}
	if headers, ok := response["headers"].(map[string]any); ok {
		for name := range headers {
			assert.NotEmpty(d.t, a.header.Get(name), name)
		}
	}
	content, ok := response["content"].(map[string]any)
	if !ok {
		assert.Empty(d.t, a.body)
		return
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	require.NoError(d.t, err)
	require.Contains(d.t, content, kind)
	schema := d.resolve(content[kind])["schema"]
	values := []string{a.body}
	switch {
	case kind == "application/x-ndjson":
		values = slices.Collect(strings.Lines(a.body))
		require.NotEmpty(d.t, values)
	case kind != "application/json":
		return
	}
	for _, text := range values {
		var value any
		require.NoError(d.t, json.Unmarshal([]byte(text), &value))
		d.check(value, schema, "body")
	}
}

func TestTheCheckOfSchemasCanFail(t *testing.T) {
	d := loadDocument(t)
	schema := map[string]any{"$ref": "#/components/schemas/Rule"}
	good := `{"id": 1, "label": "#1", "rule": "timeout: {}", "fault": "timeout",` +
		` "enabled": true, "matched": 0, "fired": 0}`
	for name, text := range map[string]string{
		"":              good,
		"missing":       strings.Replace(good, `"label": "#1", `, "", 1),
		"unknown":       strings.Replace(good, `"label"`, `"extra": 1, "label"`, 1),
		"below minimum": strings.Replace(good, `"id": 1`, `"id": 0`, 1),
		"of a type":     strings.Replace(good, `true`, `"true"`, 1),
	} {
		probe := &testing.T{}
		var value any
		require.NoError(t, json.Unmarshal([]byte(text), &value))
		document{probe, d.root}.check(value, schema, "rule")
		assert.Equal(t, name != "", probe.Failed(), name)
	}
}
