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

// Every mistake of a fault is reported at once, each with its place.
func TestFaultMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"respond: {status: 99, retry_after: -1500ms, body: htlm, headers: {Content-Length: 5, 'a b': c}}": `respond.status: 99 is no final HTTP status (200 to 599)
respond.retry_after: -1.5s is not in whole seconds
respond.headers: Content-Length would change the framing
respond.headers: "a b" is no header name
respond.retry_after: -1.5s is negative
respond.body: "htlm" is none of xml, html, malformed_xml, truncated_xml, empty (did you mean html?)`,
		"redirect: {status: 300, to: 'a b'}":                   "redirect.status: 300 is no redirection (301, 302, 303, 307 or 308)\nredirect.to: a location holds no spaces or control characters",
		"redirect: {to: \"/\\tx\"}":                            "redirect.to: a location holds no spaces or control characters",
		"redirect: {to: \"/\\x01\"}":                           "redirect.to: a location holds no spaces or control characters",
		"redirect: {to: \"/\\x7f\"}":                           "redirect.to: a location holds no spaces or control characters",
		"respond: {code: \"a\\0\", message: \"b\\x01\"}":       "respond.code: holds a control character\nrespond.message: holds a character that is none of XML",
		"respond: {code: \"a\\nb\", message: \"b\\uffff\"}":    "respond.code: holds a control character\nrespond.message: holds a character that is none of XML",
		"ok_with_error: {code: \"\\x7f\", message: \"\\x1b\"}": "ok_with_error.code: holds a control character\nok_with_error.message: holds a character that is none of XML",
		"latency: {}": "latency.delay: a latency of nothing does nothing",
		"latency: {delay: -1s, jitter: -2s, before: upstraem}": "latency.delay: -1s is negative\nlatency.jitter: -2s is negative\nlatency.before: \"upstraem\" is none of upstream, response (did you mean upstream?)",
		"reset_peer: {at: accept, after_bytes: 3, hold: -1s}":  "reset_peer.after_bytes: only bodies and the response head can be cut at a byte; at accept it has no meaning\nreset_peer.hold: -1s is negative",
		"reset_peer: {at: respons_head, hold: -1s}":            "reset_peer.at: \"respons_head\" is none of response_body, accept, request_head, request_body, response_head (did you mean response_head?)\nreset_peer.hold: -1s is negative",
		"corrupt: {flip: -1, in: reqest}":                      "corrupt.flip: -1 is negative\ncorrupt.in: \"reqest\" is none of response, request (did you mean request?)",
		"bandwidth: {}":                                        "bandwidth.rate: 0B lets nothing through; it must be above zero",
		"slicer: {delay: -1s}":                                 "slicer.size: 0B is no size of a piece; it must be above zero\nslicer.delay: -1s is negative",
		"throttle: {rate: 0, burst: -1, per: prefxi}":          "throttle.rate: 0 is no rate in requests per second (above 0, at most 1e9)\nthrottle.burst: -1 is negative\nthrottle.per: \"prefxi\" is none of all, bucket, prefix (did you mean prefix?)",
		"throttle: {rate: .nan}":                               "throttle.rate: NaN is no rate in requests per second (above 0, at most 1e9)",
		"stale: {age: -1s}":                                    "stale.age: -1s is negative",
		"timeout: -1s":                                         "timeout: -1s is negative",
		"connect_timeout: -1s":                                 "connect_timeout: -1s is negative",
		"refuse: {as: no_rute}":                                "refuse.as: \"no_rute\" is none of refused, unreachable, no_route, timed_out (did you mean no_route?)",
		"refuse: no_rute":                                      "column 9: \"no_rute\" is none of refused, unreachable, no_route, timed_out (did you mean no_route?)",
		"dns: nxdomian":                                        "column 6: \"nxdomian\" is none of nxdomain, temporary (did you mean nxdomain?)",
		"tls: {}":                                              "tls: needs one of expired, wrong_name, untrusted, handshake",
		"tls: expird":                                          "column 6: \"expird\" is none of expired, wrong_name, untrusted, handshake (did you mean expired?)",
		"continue: withold":                                    "column 11: \"withold\" is none of withhold, late, final (did you mean withhold?)",
		"close_early: {after_bytes: -1}":                       "column 28: \"-1\": want a size like 500B, 64KiB or 1MiB",
	} {
		_, err := faultproxy.ParseFault(text)
		assert.EqualError(t, err, "parse fault: "+want, text)
	}
}

// Whatever a field of a fault holds, a mistake is a FieldError below the fault's name.
func TestFaultMistakesHaveTheirPlace(t *testing.T) {
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
