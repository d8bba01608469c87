package faultproxy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Validate reports all mistakes of a fault at once, each with its field.
func TestFaultValidateReportsAllMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"respond: {status: 99, retry_after: -1500ms, body: htlm, headers: {Content-Length: 5, 'a b': c}}": `respond.status: 99: want 200 to 599
respond.retry_after: -1.5s: want whole seconds
respond.headers: Content-Length: the proxy sets this header itself
respond.headers: "a b": want a header name
respond.retry_after: -1.5s: want 0 or more
respond.body: "htlm": want xml, html, malformed_xml, truncated_xml or empty, or a text with its content_type ` +
			`(did you mean html?)`,
		"respond: {status: [503, 99], code: [SlowDown, ''], body: \"a\\n\", content_type: a, headers: {content-type: b}}": "" +
			"respond.status: 99: want 200 to 599\nrespond.code: the list has an empty code\n" +
			"respond.content_type: headers has it too: want one of them",
		"respond: {status: []}":           "respond.status: the list is empty: want a status or more",
		"respond: {status: {one_of: []}}": "respond.status: the list is empty: want a status or more",
		"respond: {code: []}":             "respond.code: the list is empty: want a code or more",
		"respond: {status: {between: [504, 500]}}": "respond.status: between [504 500]: " +
			"want two statuses, the lower first",
		"respond: {status: {between: [500]}}":      "respond.status: between [500]: want two statuses, the lower first",
		"respond: {status: {between: [500, 600]}}": "respond.status: 600: want 200 to 599",
		"respond: {status: {between: [500, 504], one_of: [429]}}": "respond.status: given in 2 ways: " +
			"want a number, a list or a range",
		"respond: {after_bytes: 1KiB, early: true}": "respond.early: has no meaning beside after_bytes",
		"respond: {content_type: \"a\\nb\"}": "respond.content_type: the value of Content-Type contains a " +
			"control character",
		"redirect: {status: 300, to: 'a b'}": "redirect.status: 300: want 301, 302, 303, 307 or " +
			"308, or 400 with a region\nredirect.to: contains a space or a control character",
		"redirect: {to: \"/\\tx\"}":  "redirect.to: contains a space or a control character",
		"redirect: {to: \"/\\x01\"}": "redirect.to: contains a space or a control character",
		"redirect: {to: \"/\\x7f\"}": "redirect.to: contains a space or a control character",
		"respond: {code: \"a\\0\", message: \"b\\x01\"}": "respond.code: contains a control " +
			"character\nrespond.message: contains U+0001, which XML 1.0 cannot encode",
		"respond: {code: \"a\\nb\", message: \"b\\uffff\"}": "respond.code: contains a control " +
			"character\nrespond.message: contains U+FFFF, which XML 1.0 cannot encode",
		"ok_with_error: {code: \"\\x7f\", message: \"\\x1b\"}": "ok_with_error.code: contains a control " +
			"character\nok_with_error.message: contains U+001B, which XML 1.0 cannot encode",
		"latency: {}": "latency.delay: 0s: want a positive delay or jitter",
		"latency: {delay: -1s, jitter: -2s, before: upstraem}": "latency.delay: -1s: want 0 or " +
			"more\nlatency.jitter: -2s: want 0 or more\nlatency.before: \"upstraem\": want upstream or response " +
			"(did you mean upstream?)",
		"reset_peer: {at: accept, after_bytes: 3, hold: -1s}": "reset_peer.after_bytes: has no meaning at accept: " +
			"want request_body, response_head or response_body\nreset_peer.hold: -1s: want 0 or more",
		"reset_peer: {at: respons_head, hold: -1s}": "reset_peer.at: \"respons_head\": want " +
			"response_body, accept, request_head, request_body or response_head (did you mean " +
			"response_head?)\nreset_peer.hold: -1s: want 0 or more",
		"corrupt: {flip: -1, in: reqest}": "corrupt.flip: -1: want 0 or more\ncorrupt.in: " +
			"\"reqest\": want response or request (did you mean request?)",
		"bandwidth: {}": "bandwidth.rate: 0B: want more than 0B",
		"slicer: {delay: -1s}": "slicer.size: 0B: want more than 0B\nslicer.delay: " +
			"-1s: want 0 or more",
		"throttle: {rate: 0, burst: -1, per: prefxi}": "throttle.rate: 0: want requests per second, above " +
			"0 and at most 1e9\nthrottle.burst: -1: want 0 or more\nthrottle.per: \"prefxi\": want all, bucket or " +
			"prefix (did you mean prefix?)",
		"throttle: {rate: .nan}": "throttle.rate: NaN: want requests per second, " +
			"above 0 and at most 1e9",
		"stale: {age: -1s}":             "stale.age: -1s: want 0 or more",
		"redirect: {status: 400}":       "redirect.status: 400: want a region beside it",
		"redirect: {region: 'a b'}":     "redirect.region: \"a b\": want a region like eu-west-1",
		"redirect: {hide_region: true}": "redirect.hide_region: has no meaning without a region",
		"delete_errors: {keys: '[', code: \"a\\n\"}": "delete_errors.keys: pattern has \"[\" " +
			"without \"]\" (write \"\\[\" for the character)\n" +
			"delete_errors.code: contains a control character",
		"edit: {}":            "edit: no change: want status, headers or checksum",
		"edit: {status: 204}": "edit.status: 204: want a status whose responses have a body",
		"edit: {status: 99, headers: {set: {Content-Length: 5}, remove: [connection, 'a b']}, checksum: worng}": "" +
			"edit.status: 99: want 200 to 599\nedit.headers.set: Content-Length: the proxy sets this header itself\n" +
			"edit.headers.remove: connection: the proxy sets this header itself\n" +
			"edit.headers.remove: \"a b\": want a header name\n" +
			"edit.checksum: \"worng\": want wrong or missing (did you mean wrong?)",
		"list: {}": "list: no change: want drop, duplicate, repeat_token, truncate_without_token or key_count",
		"list: {repeat_token: true, truncate_without_token: true, key_count: -1}": "list.repeat_token: " +
			"has no meaning beside truncate_without_token\nlist.key_count: -1: want 0 or more",
		"list: {drop: 0, duplicate: \"a\\n\"}": "list.drop: 0: want 1 or more, or a pattern of keys\n" +
			"list.duplicate: contains a control character: want ? in its place",
		"list: {drop: '['}": "list.drop: pattern has \"[\" " +
			"without \"]\" (write \"\\[\" for the character)",
		"whitespace: {}":                   "whitespace: 0s: want a positive duration",
		"whitespace: -1s":                  "whitespace: -1s: want a positive duration",
		"ok_with_error: {whitespace: -1s}": "ok_with_error.whitespace: -1s: want 0 or more",
		"timeout: -1s":                     "timeout: -1s: want 0 or more",
		"connect_timeout: -1s":             "connect_timeout: -1s: want 0 or more",
		"refuse: {as: no_rute}": "refuse.as: \"no_rute\": want refused, unreachable," +
			" no_route or timed_out (did you mean no_route?)",
		"refuse: no_rute": "column 9: \"no_rute\": want refused, unreachable, " +
			"no_route or timed_out (did you mean no_route?)",
		"dns: nxdomian": "column 6: \"nxdomian\": want nxdomain or " +
			"temporary (did you mean nxdomain?)",
		"tls: {}": "tls: missing: want expired, wrong_name, untrusted " +
			"or handshake",
		"tls: expird": "column 6: \"expird\": want expired, wrong_name, " +
			"untrusted or handshake (did you mean expired?)",
		"continue: withold": "column 11: \"withold\": want withhold, late or " +
			"final (did you mean withhold?)",
		"malformed: {as: chunk}": "malformed.as: \"chunk\": want status_line, header, chunk_size, " +
			"chunk_end or content_length",
		"malformed: {after_bytes: 1KiB}": "malformed.after_bytes: 1KiB: want it with chunk_size or chunk_end only",
		"commit_late: {status: 200}": "commit_late.after: 0s: want a positive duration\n" +
			"commit_late.status: 200: want 400 to 599",
		"commit_late: {after: 1s, silent: true, code: SlowDown}": "commit_late.silent: true: want no status " +
			"and no code with it",
		"replace: {when: befor}": "replace.when: \"befor\": want before, during or after " +
			"(did you mean before?)",
		"replace: {when: after, after_bytes: 1KiB}": "replace.after_bytes: 1KiB: want it with when: during only",
		"close_early: {after_bytes: -1}": "column 28: \"-1\": want a size like 500B, 64KiB " +
			"or 1MiB",
	} {
		_, err := faultproxy.ParseFault(text)
		assert.EqualError(t, err, "parse fault: "+want, text)
	}
}

// Whatever values a fault has, each mistake is a FieldError whose field starts with the fault's
// name.
func TestFaultMistakesNameTheirField(t *testing.T) {
	for _, kind := range faultproxy.Kinds() {
		f, _ := faultproxy.NewFault(kind)
		v := reflect.ValueOf(f).Elem()
		wrong := 0
		for _, field := range v.Fields() {
			switch field := field; field.Kind() {
			case reflect.String:
				field.SetString("no\nword")
			case reflect.Int, reflect.Int64:
				field.SetInt(-7 * int64(time.Second))
			case reflect.Float64:
				field.SetFloat(-1)
			default:
				continue
			}
			wrong++
		}
		err := f.Validate()
		if wrong == 0 {
			require.NoError(t, err, kind)
			continue
		}
		require.ErrorIs(t, err, faultproxy.ErrRule, kind)
		for line := range strings.SplitSeq(err.Error(), "\n") {
			assert.True(t, strings.HasPrefix(line, kind), line)
		}
		var fe *faultproxy.FieldError
		require.True(t, errors.As(err, &fe), kind)
		assert.Equal(t, kind, strings.Split(fe.Field, ".")[0])
		require.EqualError(t, faultproxy.Rule{Fault: f}.Validate(), err.Error())
	}
}
