package gen

import "time"

// This file draws faults that shape an exchange, and faults of what S3 holds and lists.

// shaping draws a fault that its rule may chain with others.
func (g *generator) shaping() drawn {
	side := Field{"in", pick(g, "request", "response")}
	switch g.IntN(9) {
	case 0:
		latency := Map{{"delay", g.duration(3 * time.Second)}}
		if g.chance(0.5) {
			latency = append(latency, Field{"jitter", g.duration(time.Second)})
		}
		return drawn{"latency", append(latency, Field{"before", pick(g, "upstream", "response")})}
	case 1, 2:
		return drawn{"bandwidth", Map{{"rate", 1000 + g.IntN(100_000)}, side}}
	case 3:
		return drawn{"slicer", Map{{"size", 100 + g.IntN(20_000)}, {"delay", g.duration(200 * time.Millisecond)}, side}}
	case 4:
		return drawn{"stall", Map{
			{"at", pick(g, "request_body", "response_body")},
			{"after_bytes", g.place()},
			{"for", g.duration(5 * time.Second)},
		}}
	case 5:
		return drawn{"corrupt", Map{{"flip", 1 + g.IntN(3)}, side}}
	case 6:
		return drawn{"shorten", Map{{"to", pick(g, "0B", "10B", "50%", "99%")}}}
	case 7:
		return drawn{"replace", g.replacement()}
	}
	return drawn{"edit", g.edit()}
}

func (g *generator) edit() Map {
	switch g.IntN(4) {
	case 0:
		return Map{{"status", pick(g, 200, 404, 500, 503)}}
	case 1:
		return Map{{"headers", Map{{"set", Map{{"ETag", `"x"`}}}, {"remove", List{"x-amz-id-2"}}}}}
	case 2:
		return Map{{"headers", Map{{"remove", List{pick(g, "ETag", "Last-Modified", "Content-Type")}}}}}
	}
	return Map{{"checksum", pick(g, "wrong", "missing")}}
}

// writing draws a fault of what S3 holds or says of it: a late or a double write, an old state, an
// edited list.
func (g *generator) writing() drawn {
	switch g.IntN(6) {
	case 0:
		return drawn{"stale", Map{{"age", g.duration(5 * time.Second)}}}
	case 1:
		return drawn{"duplicate", Map{}}
	case 2:
		late := Map{{"after", g.duration(5 * time.Second)}}
		if g.chance(0.5) {
			late = append(late, Field{"silent", true})
		}
		return drawn{"commit_late", late}
	case 3:
		return drawn{"whitespace", g.duration(40 * time.Second)}
	case 4:
		code := pick(g, "InternalError", "SlowDown")
		return drawn{"delete_errors", Map{{"keys", pick(g, "*", "k*", small)}, {"code", code}}}
	}
	return drawn{"list", Map{pick(g,
		Field{"drop", 1}, Field{"drop", small}, Field{"duplicate", 1}, Field{"repeat_token", true},
		Field{"truncate_without_token", true}, Field{"key_count", 3},
	)}}
}

func (g *generator) replacement() Map {
	f := Map{{"when", pick(g, "before", "after")}}
	if g.chance(0.5) {
		f = Map{{"when", "during"}, {"after_bytes", g.IntN(1000)}}
	}
	if g.chance(0.3) {
		f = append(f, Field{"size", 1 + g.IntN(100_000)})
	}
	return f
}
