package faultproxy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A destination without a path keeps the request's path and query.
func TestLocationWithoutAPathKeepsTheTarget(t *testing.T) {
	for to, want := range map[string]string{
		"http://h":            "http://h/demo/a.bin?a=b",
		"http://h/":           "http://h/",
		"http://h/x":          "http://h/x",
		"http://h?x=1":        "http://h/demo/a.bin?a=b&x=1",
		"http://h?x=/y":       "http://h/demo/a.bin?a=b&x=/y",
		"http://h?":           "http://h/demo/a.bin?a=b",
		"http://h#part":       "http://h/demo/a.bin?a=b#part",
		"http://h?x#part":     "http://h/demo/a.bin?a=b&x#part",
		"/other":              "/other",
		"/other?to=http://h":  "/other?to=http://h",
		"?only=a-query":       "?only=a-query",
		"//h/x":               "//h/x",
		"http://[::1]:9?x=1":  "http://[::1]:9/demo/a.bin?a=b&x=1",
		"http://user@h:80?x=": "http://user@h:80/demo/a.bin?a=b&x=",
	} {
		inRig(t, always(hello), []string{"redirect: {to: '" + to + "'}"}, func(r *rig) {
			got, _, _ := r.talk(strings.Replace(get, "/demo/a.bin", "/demo/a.bin?a=b", 1))
			assert.Contains(t, got, "\r\nLocation: "+want+"\r\n", to)
		})
	}
	inRig(t, always(hello), []string{"redirect: {to: 'http://h?x=1'}"}, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Contains(t, got, "\r\nLocation: http://h/demo/a.bin?x=1\r\n")
	})
}
