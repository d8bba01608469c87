package control

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func (h *Handler) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(h.exposition()) // a client that went away
}

// exposition is the present state in the text format of Prometheus, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats).
func (h *Handler) exposition() []byte {
	var e exposition
	journal := h.proxy.Journal()
	e.family("s3chaos_requests_total", "counter",
		"Requests that have arrived, by S3 operation; operation is empty for requests that are not of the S3 API.")
	for _, op := range append([]string{""}, faultproxy.Operations()...) {
		if n := journal.Count(op); n > 0 {
			e.sample("s3chaos_requests_total", float64(n), "operation", op)
		}
	}
	e.family("s3chaos_requests_in_flight", "gauge", "Requests that have arrived and not come to their end.")
	e.sample("s3chaos_requests_in_flight", float64(journal.InFlight()))
	h.tally.write(&e)
	e.rules(h.proxy.Rules().List())
	if start := h.proxy.Start(); !start.IsZero() {
		e.family("s3chaos_start_time_seconds", "gauge", "When scenario time began, in seconds since 1970.")
		e.sample("s3chaos_start_time_seconds", float64(start.UnixMilli())/1000)
	}
	return e.Bytes()
}

func (t *tally) write(e *exposition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.family("s3chaos_responses_total", "counter",
		"Requests that have come to their end, by status sent (0: none) and how they ended.")
	for _, by := range slices.SortedFunc(maps.Keys(t.responses), compareEndings) {
		e.sample("s3chaos_responses_total", float64(t.responses[by]), "operation", by.operation, "status",
			strconv.Itoa(by.status), "ended", by.ended)
	}
	operations := slices.Sorted(maps.Keys(t.traffic))
	e.family("s3chaos_received_bytes_total", "counter", "Bytes of requests on the wire, from clients.")
	for _, op := range operations {
		e.sample("s3chaos_received_bytes_total", float64(t.traffic[op].received), "operation", op)
	}
	e.family("s3chaos_sent_bytes_total", "counter", "Bytes of answers on the wire, to clients.")
	for _, op := range operations {
		e.sample("s3chaos_sent_bytes_total", float64(t.traffic[op].sent), "operation", op)
	}
	e.family("s3chaos_request_duration_seconds", "histogram", "Time from the arrival of a request to its end.")
	for _, op := range operations {
		of, count := t.traffic[op], 0
		for i, n := range of.buckets {
			count += n
			bound := "+Inf"
			if i < len(durations) {
				bound = strconv.FormatFloat(durations[i], 'g', -1, 64)
			}
			e.sample("s3chaos_request_duration_seconds_bucket", float64(count), "operation", op, "le", bound)
		}
		e.sample("s3chaos_request_duration_seconds_sum", of.seconds, "operation", op)
		e.sample("s3chaos_request_duration_seconds_count", float64(count), "operation", op)
	}
	e.family("s3chaos_connections_prevented_total", "counter", "Connections that a fault has prevented.")
	e.sample("s3chaos_connections_prevented_total", float64(t.prevented))
	e.family("s3chaos_metrics_events_lost_total", "counter",
		"Journal events that these metrics miss because they could not be counted in time.")
	e.sample("s3chaos_metrics_events_lost_total", float64(t.lost))
}

func compareEndings(a, b ending) int {
	return cmp.Or(cmp.Compare(a.operation, b.operation), cmp.Compare(a.status, b.status), cmp.Compare(a.ended, b.ended))
}

// exposition is text in the making.
type exposition struct{ bytes.Buffer }

func (e *exposition) rules(list []faultproxy.RuleStatus) {
	for _, f := range []struct {
		name, kind, help string
		value            func(faultproxy.RuleStatus) float64
	}{
		{
			"s3chaos_rule_matched_total", "counter", "Requests that a rule was for, since it was added or reset.",
			func(s faultproxy.RuleStatus) float64 { return float64(s.Matched) },
		},
		{
			"s3chaos_rule_fired_total", "counter", "Faults that a rule has done, since it was added or reset.",
			func(s faultproxy.RuleStatus) float64 { return float64(s.Fired) },
		},
		{
			"s3chaos_rule_enabled", "gauge", "1 when the rule is enabled, else 0.",
			func(s faultproxy.RuleStatus) float64 { return truth(s.Enabled) },
		},
	} {
		e.family(f.name, f.kind, f.help)
		for _, s := range list {
			e.sample(f.name, f.value(s), "id", strconv.Itoa(s.ID), "rule", s.Label, "fault", s.Rule.Fault.Kind())
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (e *exposition) family(name, kind, help string) {
	e.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes a value; labels are names and values in turn.
func (e *exposition) sample(name string, value float64, labels ...string) {
	e.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		e.WriteByte(sep)
		e.WriteString(labels[i] + `="` + escapeLabel.Replace(strings.ToValidUTF8(labels[i+1], "�")) + `"`)
	}
	if len(labels) > 0 {
		e.WriteByte('}')
	}
	e.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}
