package faultproxy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// A constructor and the text of its fault make equal faults.
func TestConstructorsEqualTheirTexts(t *testing.T) {
	for text, f := range map[string]faultproxy.Fault{
		"respond: {status: 503, code: SlowDown}": faultproxy.Respond(503, "SlowDown"),
		"respond: {status: 503, code: SlowDown, retry_after: 2s}": faultproxy.RespondAfter(503, "SlowDown",
			2*time.Second),
		"ok_with_error: {code: InternalError}":                  faultproxy.OKWithError("InternalError"),
		"ok_with_error: {whitespace: 1m}":                       faultproxy.OKWithLateError("", time.Minute),
		"redirect: {region: eu-west-1}":                         faultproxy.RedirectRegion(0, "eu-west-1"),
		"redirect: {status: 400, region: a, hide_region: true}": faultproxy.RedirectHiddenRegion(400, "a"),
		"delete_errors: {keys: \"*.bin\", code: SlowDown}":      faultproxy.DeleteErrors("*.bin", "SlowDown"),
		"list: {drop: 2, duplicate: \"*.bin\", key_count: 0}": faultproxy.EditList(
			faultproxy.ListEdit{Drop: "2", Duplicate: "*.bin", KeyCount: new(int)}),
		"edit: {status: 500, headers: {set: {A: b}, remove: [ETag]}, checksum: wrong}": faultproxy.Edit(
			faultproxy.HeadEdit{
				Status: 500, Checksum: faultproxy.ChecksumWrong,
				Headers: faultproxy.Headers{Set: map[string]string{"A": "b"}, Remove: []string{"ETag"}},
			}),
		"shorten: {}":                faultproxy.Shorten(faultproxy.Amount{}),
		"shorten: {to: 10B}":         faultproxy.Shorten(faultproxy.Amount{Bytes: 10}),
		"shorten: {to: 12.5%}":       faultproxy.Shorten(faultproxy.Amount{Percent: 12.5}),
		"edit: {checksum: missing}":  faultproxy.Edit(faultproxy.HeadEdit{Checksum: faultproxy.ChecksumMissing}),
		"list: {repeat_token: true}": faultproxy.EditList(faultproxy.ListEdit{RepeatToken: true}),
		"list: {truncate_without_token: true}": faultproxy.EditList(
			faultproxy.ListEdit{TruncateWithoutToken: true}),
		"whitespace: 1m": faultproxy.Whitespace(time.Minute),
		"redirect: {status: 301, to: http://elsewhere}": faultproxy.Redirect(301, "http://elsewhere"),
		"respond: {status: 503, code: SlowDown, message: m, headers: {A: b}, " +
			"retry_after: 2s, body: html, early: true}": faultproxy.RespondWith(faultproxy.Response{
			Status: 503, Code: "SlowDown", Message: "m", Headers: map[string]string{"A": "b"},
			RetryAfter: 2 * time.Second, Body: faultproxy.BodyHTML, Early: true,
		}),
		"respond: {status: [408, 503], code: [SlowDown, InternalError], content_type: text/plain, body: busy, " +
			"after_bytes: 256KiB}": faultproxy.RespondWith(faultproxy.Response{
			Statuses: []int{408, 503}, Codes: []string{"SlowDown", "InternalError"},
			ContentType: "text/plain", Body: "busy", AfterBytes: faultproxy.Amount{Bytes: 256 << 10},
		}),
		"respond: {after_bytes: {between: [1KiB, 50%]}}": faultproxy.RespondWith(faultproxy.Response{
			AfterBytesRange: faultproxy.AmountRange{Between: []faultproxy.Amount{{Bytes: 1 << 10}, {Percent: 50}}},
		}),
		"respond: {status: {between: [500, 504]}}": faultproxy.RespondWith(faultproxy.Response{
			StatusRange: faultproxy.StatusRange{Between: []int{500, 504}},
		}),
		"respond: {status: {one_of: [500, 504]}}": faultproxy.RespondWith(faultproxy.Response{
			StatusRange: faultproxy.StatusRange{OneOf: []int{500, 504}},
		}),
		"respond: {}": faultproxy.RespondWith(faultproxy.Response{}),
		"respond: {body: truncated_xml}": faultproxy.RespondWith(
			faultproxy.Response{Body: faultproxy.BodyTruncatedXML}),
		"timeout: {}":                         faultproxy.Timeout(0),
		"latency: {delay: 1s, jitter: 200ms}": faultproxy.LatencyJitter(time.Second, 200*time.Millisecond),
		"latency: {delay: 1s, jitter: 200ms, before: response}": faultproxy.LatencyJitterBeforeResponse(
			time.Second, 200*time.Millisecond),
		"reset_peer: {at: response_body, after_bytes: 1KiB, hold: 1s}": faultproxy.ResetPeerHold(
			faultproxy.AtResponseBody, 1<<10, time.Second),
		"refuse: unreachable":                                     faultproxy.Refuse(faultproxy.AsUnreachable),
		"dns: temporary":                                          faultproxy.DNS(faultproxy.AsTemporary),
		"tls: handshake":                                          faultproxy.TLS(faultproxy.AsHandshake),
		"continue: final":                                         faultproxy.Continue(faultproxy.AsFinal),
		"throttle: {rate: 2, per: prefix}":                        faultproxy.Throttle(2, 0, faultproxy.PerPrefix),
		"timeout: 5s":                                             faultproxy.Timeout(5 * time.Second),
		"latency: {delay: 1s}":                                    faultproxy.Latency(time.Second),
		"latency: {delay: 1s, before: response}":                  faultproxy.LatencyBeforeResponse(time.Second),
		"bandwidth: {rate: 8KiB}":                                 faultproxy.Bandwidth(8 << 10),
		"slicer: {size: 1KiB, delay: 10ms}":                       faultproxy.Slicer(1<<10, 10*time.Millisecond),
		"reset_peer: {at: accept}":                                faultproxy.ResetPeer(faultproxy.AtAccept, 0),
		"reset_peer: {at: request_body, after_bytes: 1MiB}":       faultproxy.ResetPeer("request_body", 1<<20),
		"close_early: {after_bytes: 1KiB}":                        faultproxy.CloseEarly(1 << 10),
		"close_early: {after_bytes: 1KiB, close_delimited: true}": faultproxy.CloseDelimited(1 << 10),
		"corrupt: {flip: 3}":                                      faultproxy.Corrupt(3),
		"corrupt: {flip: 3, in: request}":                         faultproxy.CorruptRequest(3),
		"refuse: {as: no_route}":                                  faultproxy.Refuse("no_route"),
		"dns: nxdomain":                                           faultproxy.DNS("nxdomain"),
		"connect_timeout: {after: 3s}":                            faultproxy.ConnectTimeout(3 * time.Second),
		"tls: expired":                                            faultproxy.TLS("expired"),
		"idle_close: {}":                                          faultproxy.IdleClose(),
		"idle_close: {silent: true}":                              faultproxy.IdleSilence(),
		"malformed: {as: header}":                                 faultproxy.Malformed(faultproxy.AsHeader),
		"malformed: {as: chunk_end, after_bytes: 1KiB}": faultproxy.MalformedAfter(
			faultproxy.AsChunkEnd, 1<<10),
		"continue: withhold":                         faultproxy.Continue("withhold"),
		"throttle: {rate: 2, burst: 3, per: bucket}": faultproxy.Throttle(2, 3, "bucket"),
		"stale: {age: 1m}":                           faultproxy.Stale(time.Minute),
		"commit_late: {after: 2s, status: 503, code: SlowDown}": faultproxy.CommitLate(faultproxy.LateCommit{
			After: 2 * time.Second, Status: 503, Code: "SlowDown",
		}),
		"commit_late: {after: 2s, silent: true}": faultproxy.CommitLate(faultproxy.LateCommit{
			After: 2 * time.Second, Silent: true,
		}),
		"replace: {}": faultproxy.ReplaceObject(faultproxy.Replace{}),
		"replace: {when: during, after_bytes: 1KiB, size: 2KiB}": faultproxy.ReplaceObject(faultproxy.Replace{
			When: faultproxy.ReplaceDuring, AfterBytes: 1 << 10, Size: 2 << 10,
		}),
		"duplicate: {}": faultproxy.Duplicate(),
	} {
		parsed, err := faultproxy.ParseFault(text)
		require.NoError(t, err, text)
		assert.Equal(t, parsed, f, text)
		assert.NoError(t, f.Validate(), text)
		assert.Equal(t, parsed.String(), f.String())
	}
}

// Each word that a fault accepts has a constant, and there are no other constants.
func TestModesAreTheWordsOfFaults(t *testing.T) {
	for _, f := range []faultproxy.Fault{
		faultproxy.ResetPeer(faultproxy.AtAccept, 0), faultproxy.ResetPeer(faultproxy.AtRequestHead, 0),
		faultproxy.ResetPeer(faultproxy.AtRequestBody, 0),
		faultproxy.ResetPeer(faultproxy.AtResponseHead, 0), faultproxy.ResetPeer(faultproxy.AtResponseBody, 0),
		faultproxy.Refuse(faultproxy.AsRefused), faultproxy.Refuse(faultproxy.AsUnreachable),
		faultproxy.Refuse(faultproxy.AsNoRoute), faultproxy.Refuse(faultproxy.AsTimedOut),
		faultproxy.DNS(faultproxy.AsNXDomain), faultproxy.DNS(faultproxy.AsTemporary),
		faultproxy.TLS(faultproxy.AsExpired), faultproxy.TLS(faultproxy.AsWrongName),
		faultproxy.TLS(faultproxy.AsUntrusted), faultproxy.TLS(faultproxy.AsHandshake),
		faultproxy.Continue(faultproxy.AsWithheld), faultproxy.Continue(faultproxy.AsLate),
		faultproxy.Continue(faultproxy.AsFinal),
		faultproxy.Malformed(faultproxy.AsStatusLine), faultproxy.Malformed(faultproxy.AsHeader),
		faultproxy.Malformed(faultproxy.AsChunkSize), faultproxy.Malformed(faultproxy.AsChunkEnd),
		faultproxy.Malformed(faultproxy.AsContentLength),
		faultproxy.ReplaceObject(faultproxy.Replace{When: faultproxy.ReplaceBefore}),
		faultproxy.ReplaceObject(faultproxy.Replace{When: faultproxy.ReplaceAfter}),
		faultproxy.Throttle(1, 0, faultproxy.PerAll), faultproxy.Throttle(1, 0, faultproxy.PerBucket),
		faultproxy.Throttle(1, 0, faultproxy.PerPrefix),
	} {
		assert.NoError(t, f.Validate(), f.String())
	}
	for _, body := range []faultproxy.ErrorBody{
		faultproxy.BodyXML, faultproxy.BodyHTML, faultproxy.BodyMalformedXML,
		faultproxy.BodyTruncatedXML, faultproxy.BodyEmpty,
	} {
		assert.NoError(t, faultproxy.RespondWith(faultproxy.Response{Body: body}).Validate(), body)
	}
}

// A rule made from parts equals the rule with the same keys in a file.
func TestPartsOfARuleAreItsKeys(t *testing.T) {
	lab := faulttest.NewLab(t, echo)
	lab.Rule("UploadPart", faultproxy.Named("part two"), faultproxy.Bucket("demo"), faultproxy.Key("*.bin"),
		faultproxy.Part(2), faultproxy.Attempt(1),
		faultproxy.Times(2), faultproxy.After(1), faultproxy.Probability(0.5),
		faultproxy.During(time.Second, time.Minute),
		faultproxy.AfterUpstream(), faultproxy.Optional(), faultproxy.Method("PUT"), faultproxy.Header("Range", "*"),
		faultproxy.Header("If-Match", "a"),
		faultproxy.Query("uploadId", "u*"), faultproxy.Respond(503, "SlowDown"))
	lab.Rule("", faultproxy.Matching(faultproxy.Match{Method: "PUT"}), faultproxy.Chain(), faultproxy.Latency(1))
	lab.Rule("PutObject", faultproxy.MinLength(1<<10), faultproxy.MaxLength(1<<20), faultproxy.Reused(false),
		faultproxy.Not(faultproxy.Match{Key: "*.tmp"}), faultproxy.ProbabilityPer(0.5, faultproxy.PerKey),
		faultproxy.Optional(), faultproxy.Timeout(0))
	var texts []string
	for _, status := range lab.Proxy().Rules().List() {
		texts = append(texts, status.Rule.String())
	}
	require.Equal(t, []string{
		`{name: "part two", match: {operation: UploadPart, bucket: demo, key: "*.bin", method: PUT, part: 2, ` +
			`attempt: 1, ` +
			`header: {If-Match: a, Range: "*"}, query: {uploadId: "u*"}}, times: 2, after: 1, probability: 0.5, ` +
			`during: [1s, 1m], after_upstream: true, optional: true, respond: {status: 503, code: SlowDown}}`,
		`{match: {method: PUT}, chain: true, latency: {delay: 1ns}}`,
		`{match: {operation: PutObject, min_length: 1KiB, max_length: 1MiB, reused: false, not: {key: "*.tmp"}}, ` +
			`probability: 0.5, per: key, optional: true, timeout: {}}`,
	}, texts)
}
