package gen

import "time"

// rule draws a rule: a fault, the requests that it matches, and when it acts.
func (g *generator) rule() Map {
	rule := Map{{"optional", true}}
	name, fault, ofConnection := g.fault()
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
		if g.chance(0.25) {
			rule = append(rule, Field{"after_upstream", true})
		}
	}
	return append(rule, Field{name, fault})
}

// fault draws a fault. ofConnection reports whether the fault acts on connections. Its rule then
// cannot have a match for fields of a request.
func (g *generator) fault() (name string, value any, ofConnection bool) {
	faults := []func() (string, any, bool){
		func() (string, any, bool) {
			return "respond", Map{
				{"status", pick(g, 500, 503, 429, 404, 403)}, {"code", pick(g, "SlowDown", "InternalError")},
			}, false
		},
		func() (string, any, bool) {
			return "respond", Map{{"status", 503}, {"code", "SlowDown"}, {"retry_after", pick(g, "1s", "2s")}}, false
		},
		func() (string, any, bool) {
			return "ok_with_error", Map{{"code", pick(g, "InternalError", "SlowDown")}}, false
		},
		func() (string, any, bool) {
			if g.chance(0.5) {
				return "timeout", Map{}, false
			}
			return "timeout", g.duration(3 * time.Second), false
		},
		func() (string, any, bool) {
			latency := Map{{"delay", g.duration(3 * time.Second)}}
			if g.chance(0.5) {
				latency = append(latency, Field{"jitter", g.duration(time.Second)})
			}
			return "latency", append(latency, Field{"before", pick(g, "upstream", "response")}), false
		},
		func() (string, any, bool) {
			reset := Map{{"at", pick(g, "request_head", "request_body", "response_head", "response_body")}}
			if g.chance(0.3) {
				reset = append(reset, Field{"hold", g.duration(2 * time.Second)})
			}
			return "reset_peer", reset, false
		},
		func() (string, any, bool) {
			reset := Map{{"at", "accept"}}
			if g.chance(0.5) {
				reset = append(reset, Field{"hold", g.duration(2 * time.Second)})
			}
			return "reset_peer", reset, true
		},
		func() (string, any, bool) { return "close_early", Map{{"after_bytes", g.IntN(2000)}}, false },
		func() (string, any, bool) { return "bandwidth", Map{{"rate", 1000 + g.IntN(100_000)}}, false },
		func() (string, any, bool) {
			return "slicer", Map{{"size", 100 + g.IntN(20_000)}, {"delay", g.duration(200 * time.Millisecond)}}, false
		},
		func() (string, any, bool) {
			return "corrupt", Map{{"flip", 1 + g.IntN(3)}, {"in", pick(g, "request", "response")}}, false
		},
		func() (string, any, bool) {
			return "refuse", Map{{"as", pick(g, "refused", "unreachable", "no_route", "timed_out")}}, true
		},
		func() (string, any, bool) { return "dns", pick(g, "nxdomain", "temporary"), true },
		func() (string, any, bool) { return "connect_timeout", Map{}, true },
		func() (string, any, bool) {
			return "tls", pick(g, "expired", "wrong_name", "untrusted", "handshake"), true
		},
		func() (string, any, bool) { return "idle_close", Map{}, false },
		func() (string, any, bool) { return "continue", pick(g, "withhold", "late", "final"), false },
		func() (string, any, bool) {
			return "redirect", Map{{"status", pick(g, 301, 307)}, {"to", "http://proxy.test/elsewhere"}}, false
		},
		func() (string, any, bool) { return "stale", Map{{"age", g.duration(5 * time.Second)}}, false },
		func() (string, any, bool) {
			return "throttle", Map{
				{"rate", 1 + g.IntN(10)}, {"burst", 1 + g.IntN(4)}, {"per", pick(g, "bucket", "prefix", "all")},
			}, false
		},
		func() (string, any, bool) { return "duplicate", Map{}, false },
	}
	n := g.IntN(len(faults) + 6)
	if n >= len(faults) { // draw faults that depend on dialing or reusing a connection more often
		n = pick(g, 5, 6, 11, 11, 13, 15)
	}
	return faults[n]()
}

func (g *generator) match() Map {
	switch g.IntN(5) {
	case 0:
		return Map{{"operation", pick(g, "GetObject", "PutObject", "HeadObject", "UploadPart", "ListObjectsV2")}}
	case 1:
		return Map{{"key", pick(g, large, small, "k*")}}
	case 2:
		return Map{{"attempt", 1 + g.IntN(2)}}
	case 3:
		return Map{{"operation", "GetObject"}, {"header", Map{{"Range", pick(g, "bytes=[2-8]*", "*")}}}}
	}
	return Map{{"method", pick(g, "GET", "PUT")}}
}
