package gen

import "time"

// This file draws faults of connections and faults that decide how an exchange ends.

// drawn is a fault's name and its value.
type drawn struct {
	name  string
	value any
}

// fault draws a fault. chain reports whether its rule lets later rules act, too.
func (g *generator) fault() (name string, value any, chain bool) {
	var f drawn
	switch n := g.IntN(20); {
	case n < 7:
		f = g.shaping()
		return f.name, f.value, g.chance(0.5)
	case n < 10: // these depend on dialing or reusing a connection
		f = g.ofConnection()
	case n < 13:
		f = g.writing()
	default:
		f = g.ending()
	}
	return f.name, f.value, false
}

func (g *generator) ofConnection() drawn {
	switch g.IntN(7) {
	case 0:
		return drawn{"reset_peer", g.held(Map{{"at", "accept"}})}
	case 1, 2:
		return drawn{"refuse", Map{{"as", pick(g, "refused", "unreachable", "no_route", "timed_out")}}}
	case 3:
		return drawn{"dns", pick(g, "nxdomain", "temporary")}
	case 4:
		return drawn{"connect_timeout", Map{}}
	case 5:
		return drawn{"tls", pick(g, "expired", "wrong_name", "untrusted", "handshake")}
	}
	if g.chance(0.5) {
		return drawn{"idle_close", Map{{"silent", true}}}
	}
	return drawn{"idle_close", Map{}}
}

func (g *generator) ending() drawn {
	switch g.IntN(11) {
	case 0, 1:
		return drawn{"respond", g.response()}
	case 2:
		f := Map{{"code", pick(g, "InternalError", "SlowDown")}}
		if g.chance(0.4) {
			f = append(f, Field{"whitespace", g.duration(40 * time.Second)})
		}
		return drawn{"ok_with_error", f}
	case 3:
		if g.chance(0.5) {
			return drawn{"timeout", Map{}}
		}
		return drawn{"timeout", g.duration(3 * time.Second)}
	case 4, 5:
		return drawn{"reset_peer", g.reset()}
	case 6:
		return drawn{"close_early", g.cut(Map{})}
	case 7:
		return drawn{"malformed", g.malformed()}
	case 8:
		return drawn{"continue", pick(g, "withhold", "late", "final")}
	case 9:
		return drawn{"redirect", g.redirect()}
	}
	return drawn{"throttle", Map{
		{"rate", 1 + g.IntN(10)}, {"burst", 1 + g.IntN(4)}, {"per", pick(g, "bucket", "prefix", "all")},
	}}
}

func (g *generator) response() Map {
	var status any = pick(g, 500, 503, 429, 404, 403)
	switch g.IntN(6) {
	case 0:
		return Map{{"status", 503}, {"code", "SlowDown"}, {"retry_after", pick(g, "1s", "2s")}}
	case 1:
		status = List{408, 500, 503}
	case 2:
		status = Map{{"between", List{500, 504}}}
	}
	f := Map{{"status", status}}
	switch g.IntN(4) {
	case 0:
		f = append(f, Field{"body", "the server is tired"}, Field{"content_type", "text/plain"})
	case 1:
		f = append(f, Field{"code", List{"SlowDown", "InternalError"}})
	default:
		f = append(f, Field{"code", pick(g, "SlowDown", "InternalError")})
	}
	if g.chance(0.3) {
		f = append(f, Field{"after_bytes", g.place()})
	}
	return f
}

func (g *generator) held(f Map) Map {
	if g.chance(0.4) {
		f = append(f, Field{"hold", g.duration(2 * time.Second)})
	}
	return f
}

func (g *generator) reset() Map {
	at := pick(g, "request_head", "request_body", "response_head", "response_body")
	f := g.held(Map{{"at", at}})
	if at == "request_body" || at == "response_body" {
		f = g.cut(f)
	}
	return f
}

// cut adds to f where the connection ends: at a place in the body, or after a time.
func (g *generator) cut(f Map) Map {
	if g.chance(0.25) {
		return append(f, Field{"after", g.duration(3 * time.Second)})
	}
	return append(f, Field{"after_bytes", g.place()})
}

// place draws a place in a body: a number of bytes, a share, or a choice of them.
func (g *generator) place() any {
	switch g.IntN(4) {
	case 0:
		return pick(g, "1%", "50%", "99%")
	case 1:
		return Map{{"between", List{0, 1 + g.IntN(2000)}}}
	case 2:
		return Map{{"one_of", List{1, "10%", 1 + g.IntN(60_000)}}}
	}
	return g.IntN(2000)
}

func (g *generator) malformed() Map {
	as := pick(g, "status_line", "header", "chunk_size", "chunk_end", "content_length")
	if as == "chunk_size" || as == "chunk_end" {
		return Map{{"as", as}, {"after_bytes", g.IntN(2000)}}
	}
	return Map{{"as", as}}
}

func (g *generator) redirect() Map {
	if g.chance(0.5) {
		return Map{{"status", pick(g, 301, 307)}, {"to", "http://proxy.test/elsewhere"}}
	}
	return Map{
		{"status", pick(g, 301, 307, 400)},
		{"region", pick(g, "us-east-1", "eu-west-1")},
		{"hide_region", g.chance(0.3)},
	}
}
