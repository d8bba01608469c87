package control_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
)

// The handler is an http.Handler: a program serves it on a port that only its operators reach. Here
// a program in another language adds a rule, and asks for the rules.
func ExampleNew() {
	proxy, err := faultproxy.New(faultproxy.Config{Upstream: "127.0.0.1:9000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()
	token := control.NewToken() // print it for the operators
	handler, err := control.New(control.Config{Proxy: proxy, Token: token})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer handler.Close()
	call := func(method, path, body string) {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		fmt.Println(method, path, answer.Code)
		if answer.Code >= 400 {
			fmt.Println(strings.ReplaceAll(strings.TrimSpace(answer.Body.String()), ",", ",\n"))
		}
	}
	call(http.MethodPost, "/v1/rules", "{match: {operation: GetObject}, times: 2, respond: {status: 503}}")
	call(http.MethodPatch, "/v1/rules/1", `{"enabled": false}`)
	call(http.MethodPost, "/v1/rules", "{timeuot: 5s}")
	for _, rule := range proxy.Rules().List() {
		fmt.Println(rule.Label, rule.Rule, rule.Enabled)
	}
	// Output:
	// POST /v1/rules 201
	// PATCH /v1/rules/1 200
	// POST /v1/rules 400
	// {"error":"the rule is not understood",
	// "problems":[{"where":"column 2",
	// "message":"unknown rule key \"timeuot\"",
	// "hint":"did you mean timeout?"}]}
	// #1 {match: {operation: GetObject}, times: 2, respond: {status: 503}} false
}
