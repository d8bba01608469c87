package gen

import "time"

// This file adds the parameters of rules that the scenarios of Concurrent lack.

// widen sometimes adds parameters to a rule.
func (w *swarm) widen(rule Map) Map {
	last := len(rule) - 1
	kind := kindOf(rule)
	f, ok := rule[last].Value.(Map)
	if !ok || w.chance(0.5) {
		return w.widenMatch(rule)
	}
	rule[last].Value = w.moreOf(kind, f, rule.Get("after_upstream") != nil)
	return w.widenMatch(rule)
}

// moreOf returns the parameters of a fault with one or two more.
func (w *swarm) moreOf(kind string, f Map, afterUpstream bool) Map {
	add := func(fields ...Field) Map {
		for _, field := range fields {
			if f.Get(field.Key) == nil {
				f = append(f, field)
			}
		}
		return f
	}
	switch kind {
	case "respond":
		return w.moreOfResponse(f, afterUpstream)
	case "ok_with_error", "delete_errors":
		return add(Field{"message", "try again"})
	case "close_early":
		if f.Get("after") == nil {
			return add(Field{"close_delimited", true})
		}
	case "commit_late":
		if f.Get("silent") == nil {
			return add(Field{"status", 503}, Field{"code", "SlowDown"})
		}
	case "connect_timeout":
		return add(Field{"after", w.duration(5 * time.Second)})
	case "continue", "dns", "tls":
	case "list":
		return w.moreOfList()
	}
	return f
}

func (w *swarm) moreOfResponse(f Map, afterUpstream bool) Map {
	switch w.IntN(6) {
	case 0:
		return append(f, Field{"message", "Please reduce your request rate."})
	case 5:
		if !afterUpstream && f.Get("body") == nil {
			return Map{{"status", 403}, {"code", "AccessDenied"}, {"message", pick(w.generator, misleading...)}}
		}
	case 1:
		return append(f, Field{"headers", Map{{"X-Amz-Request-Id", "R"}}})
	case 2:
		if f.Get("body") == nil {
			body := pick(w.generator, "html", "malformed_xml", "empty", "truncated_xml")
			return Map{{"status", pick(w.generator, 200, 503)}, {"body", body}}
		}
	case 3:
		if !afterUpstream && f.Get("after_bytes") == nil {
			return append(f, Field{"early", true})
		}
	case 4:
		if f.Get("retry_after") == nil {
			form := pick(w.generator, "seconds", "date", "milliseconds")
			return append(f, Field{"retry_after", "1s"}, Field{"retry_after_as", form})
		}
	}
	return f
}

// misleading are messages of refusals that are final. Their words look like those of errors of the
// network, or contain them.
var misleading = []string{
	"Connection reset by the policy of demo/geoffrey.bin", "The I/O timeout of your account is over",
	"Broken pipe of demo: no such host, EOF", "Connection refused",
}

func (w *swarm) moreOfList() Map {
	switch w.IntN(3) {
	case 0:
		return Map{{"duplicate", "a*"}}
	case 1:
		return Map{{"drop", "b*"}}
	}
	return Map{{"drop", 1}, {"key_count", 1000}} // no page of these scripts has so many keys
}

// widenMatch sometimes narrows a rule's match by a field that is rarely drawn.
func (w *swarm) widenMatch(rule Map) Map {
	match, ok := rule.Get("match").(Map)
	if !ok || w.chance(0.7) {
		return rule
	}
	more := pick(w.generator,
		Field{"bucket", bucket}, Field{"part", 1 + w.IntN(2)}, Field{"query", Map{{"partNumber", "*"}}},
		Field{"operation", List{"GetObject", "HeadObject", "UploadPart"}},
		Field{"operation", w.slowOperation()},
	)
	if match.Get(more.Key) != nil {
		return rule
	}
	for i := range rule {
		if rule[i].Key == "match" {
			rule[i].Value = append(match, more)
		}
	}
	return rule
}

// slowOperation draws an operation that only some clients and steps send.
func (w *swarm) slowOperation() string {
	return pick(w.generator, "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "CopyObject",
		"DeleteObject", "DeleteObjects")
}
