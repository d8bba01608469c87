package gen

import "time"

// This file draws when a rule acts: the requests that it matches, how often, and in what window.

// ofConnections are the faults that act on connections. Their rules cannot match a request's
// fields.
var ofConnections = map[string]bool{"refuse": true, "dns": true, "connect_timeout": true, "tls": true}

// rule draws a rule: a fault, the requests that it matches, and when it acts.
func (g *generator) rule() Map {
	rule := Map{{"optional", true}}
	name, fault, chain := g.fault()
	at, _ := fault.(Map)
	ofConnection := ofConnections[name] || at.Get("at") == "accept"
	if !ofConnection && g.chance(0.8) {
		rule = append(rule, Field{"match", g.match()})
	}
	if g.chance(0.4) {
		rule = append(rule, Field{"times", 1 + g.IntN(5)})
	}
	if g.chance(0.3) {
		rule = append(rule, Field{"after", 1 + g.IntN(4)})
	}
	if g.chance(0.3) {
		rule = append(rule, Field{"probability", pick(g, 0.2, 0.5, 0.8)})
		switch per := pick(g, "", "request", "connection", "key"); {
		case ofConnection && per != "":
			rule = append(rule, Field{"per", "connection"})
		case per != "":
			rule = append(rule, Field{"per", per})
		}
	}
	if g.chance(0.3) {
		from := time.Duration(0)
		if g.chance(0.5) {
			from = g.duration(2 * time.Second)
		}
		rule = append(rule, Field{"during", List{from, from + g.duration(5*time.Second)}})
	}
	switch name {
	case "respond", "ok_with_error", "timeout":
		if at.Get("after_bytes") == nil && g.chance(0.25) {
			rule = append(rule, Field{"after_upstream", true})
		}
	}
	if chain {
		rule = append(rule, Field{"chain", true})
	}
	return append(rule, Field{name, fault})
}

// match draws what a request must be, and sometimes what it must not be.
func (g *generator) match() Map {
	m := g.fields()
	if g.chance(0.15) {
		m = append(m, Field{"not", g.fields()})
	}
	return m
}

func (g *generator) fields() Map {
	switch g.IntN(8) {
	case 0:
		return Map{{"operation", pick(g, "GetObject", "PutObject", "HeadObject", "UploadPart", "ListObjectsV2")}}
	case 1:
		return Map{{"key", pick(g, large, small, "k*")}}
	case 2:
		return Map{{"attempt", 1 + g.IntN(2)}}
	case 3:
		return Map{{"operation", "GetObject"}, {"header", Map{{"Range", pick(g, "bytes=[2-8]*", "*")}}}}
	case 4:
		return Map{{"reused", g.chance(0.5)}}
	case 5:
		return Map{{"min_length", 1 + g.IntN(60_000)}}
	case 6:
		return Map{{"max_length", pick(g, "1B", "20KiB", "5MiB")}}
	}
	return Map{{"method", pick(g, "GET", "PUT")}}
}
