package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A failure is a kind of fault that probes use, with its rule in YAML.
type failure struct {
	name string
	rule string
	both bool // for writes too
}

// failures are the kinds of faults whose attempts are counted.
var failures = []failure{
	{"500 InternalError", "respond: {status: 500, code: InternalError}", true},
	{"502, a page of HTML", "respond: {status: 502, body: html}", true},
	{"503 ServiceUnavailable", "respond: {status: 503, code: ServiceUnavailable}", true},
	{"504, a page of HTML", "respond: {status: 504, body: html}", true},
	{"503 SlowDown", "respond: {status: 503, code: SlowDown}", true},
	{"429 TooManyRequests", "respond: {status: 429, code: TooManyRequests}", true},
	{"400 RequestTimeout", "respond: {status: 400, code: RequestTimeout}", true},
	{"408, a page of HTML", "respond: {status: 408, body: html}", true},
	{"409 OperationAborted", "respond: {status: 409, code: OperationAborted}", true},
	{"400 BadRequest", "respond: {status: 400, code: InvalidRequest}", true},
	{"400 ExpiredToken", "respond: {status: 400, code: ExpiredToken}", true},
	{"403 RequestTimeTooSkewed", "respond: {status: 403, code: RequestTimeTooSkewed}", true},
	{"403 AccessDenied", "respond: {status: 403, code: AccessDenied}", true},
	{"404 NoSuchKey", "respond: {status: 404, code: NoSuchKey}", false},
	{"501 NotImplemented", "respond: {status: 501, code: NotImplemented}", true},
	{"200 with an error document", "ok_with_error: {code: InternalError}", true},
	{"200, a page of HTML", "respond: {status: 200, body: html}", true},
	{"connection refused", "refuse: {}", true},
	{"no such host", "dns: nxdomain", true},
	{"name server fails", "dns: temporary", true},
	{"no connection", "connect_timeout: {}", true},
	{"reset before the response", "reset_peer: {at: response_head}", true},
	{"reset in the request body", "reset_peer: {at: request_body, after_bytes: 100}", true},
	{"reset in the response body", "reset_peer: {at: response_body, after_bytes: 100}", false},
	{"response body cut short", "close_early: {after_bytes: 100}", false},
	{"malformed response", "malformed: {as: status_line}", true},
	{"silence", "timeout: {}", true},
}

// dials reports whether the fault strikes connections, whose rules can not name an operation.
func (f failure) dials() bool {
	return strings.HasPrefix(f.rule, "refuse") || strings.HasPrefix(f.rule, "dns") ||
		strings.HasPrefix(f.rule, "connect_timeout")
}

// actsOn reports whether the fault has something to act on in requests of the operation.
func (f failure) actsOn(operation string) bool {
	if operation == "PutObject" {
		return f.both
	}
	return !strings.Contains(f.rule, "request_body")
}

// calls are the calls that are probed: the step, and the operation that carries the content.
var calls = []struct{ name, step, operation string }{
	{"GetObject", "{download: {bucket: demo, key: k}}", "GetObject"},
	{"PutObject", "{upload: {bucket: demo, key: up, size: 64KiB}}", "PutObject"},
}

// always returns a rule that strikes every request of the operation.
func (f failure) always(operation string) string {
	match := "operation: " + operation
	if f.dials() {
		match = ""
	}
	return strikes(match, "optional: true", f.rule)
}

// attempts counts the attempts of a call that always meets the same failure.
func (m *meter) attempts() ([]Section, error) {
	var probes []probe
	sections := make([]Section, len(calls))
	for i, call := range calls {
		sections[i].Name = attemptsOf + call.name
		for _, f := range failures {
			if f.actsOn(call.operation) {
				probes = append(probes, probe{f.name, &sections[i], func() ([]Row, error) {
					plays, err := m.at(telling+i).play(call.step, f.always(call.operation), m.few(2, 1))
					if err != nil {
						return nil, err
					}
					return []Row{m.attemptsRow(f.name, plays)}, nil
				}})
			}
		}
	}
	return sections, m.all(probes)
}

// attemptsRow tells how many attempts the plays had, and how they ended.
func (m *meter) attemptsRow(name string, plays []play) Row {
	r := Row{Name: name}
	var counts []int
	for _, p := range plays {
		counts = append(counts, len(p.struck))
		switch {
		case m.hung(p):
			r.Note = "still busy after " + m.watched().String()
		case len(p.result.Steps) == 1 && p.result.Steps[0].Err == "" && len(p.struck) > 0:
			if r.Note = "ends in success"; p.result.Verdict == scenarios.Fail {
				r.Note = "ends in success, wrongly"
			}
		}
	}
	lo, hi := slices.Min(counts), slices.Max(counts)
	if hi == 0 {
		return Row{Name: name, Value: "not observable", Note: "no request met the fault"}
	}
	r.Low, r.High = float64(lo), float64(hi)
	switch r.Value = fmt.Sprint(lo); {
	case lo != hi:
		r.Value = fmt.Sprintf("%d to %d", lo, hi)
	case m.live != nil && m.hung(plays[0]):
		r.Value, r.High = fmt.Sprintf("at least %d", lo), math.Inf(1)
	}
	return r
}

// attemptsOf begins the names of the sections about attempts.
const attemptsOf = "attempts of "
