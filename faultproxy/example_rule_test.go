package faultproxy_test

import (
	"fmt"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A rule is one line of text, as in scenario files.
func ExampleParseRule() {
	rule, err := faultproxy.ParseRule(
		`match: {operation: PutObject, key: "*.bin"}, times: 2, respond: {status: 503, code: SlowDown}`)
	fmt.Println(rule, err)

	_, err = faultproxy.ParseRule(`{match: {operation: PutObjekt}, timeout: 5s}`)
	fmt.Println(err)
	// Output:
	// {match: {operation: PutObject, key: "*.bin"}, times: 2, respond: {status: 503, code: SlowDown}} <nil>
	// parse rule: match.operation: unknown operation "PutObjekt" (did you mean PutObject?)
}

// Shadowed finds rules that can never fire, before anything runs.
func ExampleShadowed() {
	var rules []faultproxy.Rule
	for _, text := range []string{
		`{name: all uploads, match: {method: PUT}, respond: {status: 503}}`,
		`{match: {operation: PutObject, bucket: demo}, timeout: {}}`,
		`{match: {operation: ListObjectsV2, key: a.bin}, timeout: {}}`,
	} {
		rule, err := faultproxy.ParseRule(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		rules = append(rules, rule)
	}
	for _, u := range faultproxy.Shadowed(rules) {
		fmt.Printf("rule %d can never fire: %s\n", u.Index+1, u.Why)
	}
	// Output:
	// rule 2 can never fire: rule all uploads takes every request it is for
	// rule 3 can never fire: ListObjectsV2 names no key
}

// A fault is a value. Its constructor and its text can express the same.
func ExampleRespondWith() {
	fault := faultproxy.RespondWith(faultproxy.Response{Status: 502, Body: faultproxy.BodyHTML, Early: true})
	rule := faultproxy.Rule{Match: faultproxy.Match{Operation: "UploadPart", Part: 2}, Times: 1, Fault: fault}
	fmt.Println(rule)
	// Output:
	// {match: {operation: UploadPart, part: 2}, times: 1, respond: {status: 502, body: html, early: true}}
}
