package main

// What serve prints: the environment on standard output, so that a shell can read it, and a line
// for each request on standard error; or all of it as JSON on standard output.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// The credentials that serve prints for clients of the fake S3, which verifies them only with
// --auth or where the scenario's server needs it.
const (
	serveAccessKey = "AKIAS3CHAOSSERVE0000"
	serveSecretKey = "s3chaos-serve-secret"
	serveRegion    = "us-east-1"
)

// caVariables name the file of the authority, each for a family of clients: the AWS SDKs and aws;
// Go and OpenSSL; Node.js; Python's requests; curl. The Go SDK refuses AWS_CA_BUNDLE where the
// program has an HTTP client of its own, as rclone has.
var caVariables = []string{
	"AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
}

// variable is an environment variable of a client.
type variable struct{ name, value string }

// environment returns the variables that a client must set. For a real upstream the user has the
// credentials.
func (s *server) environment() []variable {
	list := []variable{{"AWS_ENDPOINT_URL", s.url()}}
	if s.plan.target == nil {
		list = append(list, variable{"AWS_ACCESS_KEY_ID", serveAccessKey},
			variable{"AWS_SECRET_ACCESS_KEY", serveSecretKey},
			variable{"AWS_REGION", serveRegion}, variable{"AWS_DEFAULT_REGION", serveRegion})
	}
	if s.caFile != "" {
		for _, name := range caVariables {
			list = append(list, variable{name, s.caFile})
		}
	}
	return list
}

// announceControl prints the address of the control API, and the token unless the user chose it.
func (s *server) announceControl(stderr io.Writer) {
	say(stderr, "chaos: control API at http://%s\n", reachable(s.apiListener))
	if s.plan.newToken {
		say(stderr, "chaos: control token %s\n", s.plan.token)
	}
}

// serveOutput prints the client's environment and then a line for each request, as text or JSON.
type serveOutput struct {
	server *server
	json   bool
	w      *bufio.Writer
	lines  *bufio.Writer // of requests; w for JSON
	err    error         // the first error of a write
	faults int           // fired so far; a removed rule no longer has its count
	lost   int           // records that the follower has lost so far
}

func newServeOutput(s *server, stdout io.Writer) *serveOutput {
	o := &serveOutput{server: s, json: s.plan.output == "json", w: bufio.NewWriter(stdout)}
	if o.lines = o.w; !o.json {
		o.lines = bufio.NewWriter(s.stderr)
	}
	return o
}

func (o *serveOutput) begin() {
	s := o.server
	behind := "the built-in fake S3"
	if s.plan.target != nil {
		behind = s.plan.target.String()
	}
	if o.json {
		env := map[string]string{}
		for _, v := range s.environment() {
			env[v.name] = v.value
		}
		rules := []string{}
		for _, r := range s.plan.rules {
			rules = append(rules, r.String())
		}
		header := map[string]any{
			"type": "serve", "schema_version": report.SchemaVersion, "version": version(),
			"endpoint": s.url(), "upstream": behind, "environment": env, "rules": rules, "seed": s.plan.seed,
		}
		if urls := s.hostURLs(); len(urls) > 0 {
			header["hosts"] = urls
		}
		o.object(header)
	} else {
		o.print("# faults at %s, in front of %s\n", s.url(), behind)
		for _, u := range s.hostURLs() {
			bucket := strings.Replace(u, "://", "://BUCKET.", 1)
			o.print("# also at %s if the name resolves to this machine; a bucket is at %s\n", u, bucket)
		}
		o.print("%s", exports(s.environment()))
		if s.caFile != "" {
			o.print("# rclone takes SSL_CERT_FILE and refuses AWS_CA_BUNDLE: unset it there\n")
		}
		for _, r := range s.proxy.Rules().List() {
			o.print("# rule %s: %s\n", visible(r.Label), visible(r.Rule.String()))
		}
	}
	o.flush()
}

// follow prints each request when it ends. It returns when the context ends and every request in
// the journal is printed.
func (o *serveOutput) follow(ctx context.Context, follower *faultproxy.Follower) {
	over, cancel := context.WithCancel(context.Background())
	cancel() // a canceled context: Next returns at once
	for {
		rec, err := follower.Next(over)
		if err != nil {
			o.flush()
			if rec, err = follower.Next(ctx); err != nil {
				return
			}
		}
		if lost := follower.Lost(); lost > o.lost {
			o.dropped(lost - o.lost)
			o.lost = lost
		}
		if rec.Done {
			if rec.Fault != "" {
				o.faults++
			}
			o.record(rec)
		}
	}
}

func (o *serveOutput) record(rec faultproxy.Record) {
	start := o.server.proxy.Start()
	if !o.json {
		o.line("%s\n", recordLine(start, rec))
		return
	}
	o.object(struct {
		Type string    `json:"type"`
		Time time.Time `json:"time"` // when the exchange ended
		faultproxy.Record
	}{"record", start.Add(rec.End).UTC(), rec})
}

// dropped prints how many records are missing because the reader of the output was too slow.
func (o *serveOutput) dropped(events int) {
	if o.json {
		o.object(map[string]any{"type": "lost", "events": events})
		return
	}
	o.line("# the reader of the output is too slow: %s left out\n", count(events, "event"))
}

// end prints the last line and returns the first error of a write. cut is the number of requests
// whose connection serve closed.
func (o *serveOutput) end(cut int) error {
	if o.json {
		o.object(map[string]any{"type": "stopped", "requests": o.requests(), "faults": o.faults, "cut": cut})
	}
	o.flush()
	if o.err != nil {
		return fmt.Errorf("write output: %w", o.err)
	}
	return nil
}

// summary formats the totals: "3 requests and 1 fault, 1 request cut".
func (o *serveOutput) summary(cut int) string {
	text := count(o.requests(), "request") + " and " + count(o.faults, "fault")
	if cut > 0 {
		text += ", " + count(cut, "request") + " cut"
	}
	return text
}

func (o *serveOutput) requests() int { return o.server.proxy.Journal().Sends() }

func (o *serveOutput) print(format string, args ...any) {
	if o.err == nil {
		_, o.err = fmt.Fprintf(o.w, format, args...)
	}
}

func (o *serveOutput) line(format string, args ...any) {
	if o.err == nil {
		_, o.err = fmt.Fprintf(o.lines, format, args...)
	}
}

func (o *serveOutput) object(v any) {
	if o.err == nil {
		enc := json.NewEncoder(o.w)
		enc.SetEscapeHTML(false)
		o.err = enc.Encode(v)
	}
}

func (o *serveOutput) flush() {
	if o.err == nil {
		o.err = errors.Join(o.w.Flush(), o.lines.Flush())
	}
}

// quoteShell quotes s as one word for a POSIX shell.
func quoteShell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:[]@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
