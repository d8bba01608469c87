package faultproxy

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// Match says which requests a rule is for. An empty field matches all requests; a request must
// match every other field. Bucket, Key and the values of Header and Query are patterns. In a
// pattern "*" matches any text, also "/" and the empty text; "?" matches any single character;
// "[a-z]" matches one of these characters, "[^a-z]" any other; "\" before a character takes its
// special meaning away. A pattern matches the whole value. Header and Query need the name to be
// present, even for "*".
type Match struct {
	Operation string `yaml:"operation"` // S3 API name, see the function Operations
	// S3 API names in place of Operation: a request must be one of these
	Operations []string          `yaml:"operation"`
	Bucket     string            `yaml:"bucket"`  // pattern
	Key        string            `yaml:"key"`     // pattern
	Method     string            `yaml:"method"`  // HTTP method
	Part       int               `yaml:"part"`    // part number
	Attempt    int               `yaml:"attempt"` // number of the attempt of the same logical request, from 1
	Header     map[string]string `yaml:"header"`  // name, in any case → pattern
	Query      map[string]string `yaml:"query"`   // name → pattern for the decoded value
	// lengths of the object or part that the request carries, which is 0 without a body: of its
	// body, without the framing of aws-chunked. A body of unknown length matches neither.
	MinLength Size  `yaml:"min_length"`
	MaxLength Size  `yaml:"max_length"`
	Reused    *bool `yaml:"reused"` // the request is not the first of its connection, or is it
	// Requests that match all of Not are left out. It has no Not itself.
	Not *Match `yaml:"not"`
}

// Validate returns all mistakes, joined. Each is a *FieldError that matches ErrRule.
func (m Match) Validate() error { return m.validate("match") }

// validate returns all mistakes, joined. at is the path of the match in a rule.
func (m *Match) validate(at string) error {
	errs := m.validateOperations(at + ".operation")
	add := func(err error) { errs = append(errs, err) }
	add(m.validateLengths(at))
	add(m.validateNot(at + ".not"))
	if m.Method != "" && !isToken(m.Method) {
		add(fieldErrorf(at+".method", "%s: want an HTTP method", flow.Quote(m.Method)))
	} else if up := strings.ToUpper(m.Method); up != m.Method {
		message := flow.Quote(m.Method) + " never matches: methods are in capitals"
		add(&FieldError{at + ".method", message, "did you mean " + up + "?"})
	}
	if m.Part < 0 || m.Part > 10000 {
		add(fieldErrorf(at+".part", "%d: want 1 to 10000", m.Part))
	}
	if m.Attempt < 0 {
		add(fieldErrorf(at+".attempt", "%d: want 1 or more", m.Attempt))
	}
	add(validPattern(at+".bucket", m.Bucket))
	add(validPattern(at+".key", m.Key))
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		if !isToken(name) {
			add(fieldErrorf(at+".header", "%s: want a header name", flow.Quote(name)))
		} else {
			add(validPattern(at+".header."+name, m.Header[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Query)) {
		if err := utf8Text(at+".query", name); err != nil {
			add(err)
		} else {
			add(validPattern(at+".query."+name, m.Query[name]))
		}
	}
	return errors.Join(errs...)
}

// validPattern returns an error if the pattern is invalid or is not UTF-8.
func validPattern(field, pattern string) error {
	if err := glob.Check(pattern); err != nil {
		return fieldErrorf(field, "%v", err)
	}
	return utf8Text(field, pattern)
}

// firstField returns the name of the first field that is set, or "".
func (m Match) firstField() string {
	switch {
	case m.Operation != "" || m.Operations != nil:
		return "operation"
	case m.Bucket != "":
		return "bucket"
	case m.Key != "":
		return "key"
	case m.Method != "":
		return "method"
	case m.Part != 0:
		return "part"
	case m.Attempt != 0:
		return "attempt"
	case len(m.Header) != 0:
		return "header"
	case len(m.Query) != 0:
		return "query"
	case m.MinLength != 0:
		return "min_length"
	case m.MaxLength != 0:
		return "max_length"
	case m.Reused != nil:
		return "reused"
	case m.Not != nil:
		return "not"
	}
	return ""
}

// isToken reports whether s is a token as RFC 9110 defines it for methods and header names.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// matcher is a Match prepared for matching: its patterns are compiled and its operations are a set.
// Cheap comparisons come first.
type matcher struct {
	ops           opSet
	part, attempt int
	method        string
	bucket, key   glob.Pattern
	header, query []namedPattern
	limits        *limits // nil: the match has none of these fields
}

type namedPattern struct {
	name  string
	value glob.Pattern
}

func (m Match) compile() matcher {
	c := matcher{
		ops: opSetOf(m.ops()), part: m.Part, attempt: m.Attempt, method: m.Method,
		bucket: glob.Compile(m.Bucket), key: glob.Compile(m.Key), limits: m.limits(),
	}
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		c.header = append(c.header, namedPattern{name, glob.Compile(m.Header[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Query)) {
		c.query = append(c.query, namedPattern{name, glob.Compile(m.Query[name])})
	}
	return c
}

func (c *matcher) matches(r *s3api.Request) bool {
	if !c.ops.lets(r.Op) ||
		c.part != 0 && c.part != r.Part ||
		c.attempt != 0 && c.attempt != r.Attempt ||
		c.method != "" && c.method != r.Method ||
		!c.bucket.Match(r.Bucket) || !c.key.Match(r.Key) {
		return false
	}
	return (len(c.header) == 0 || c.matchesHeader(r)) && (len(c.query) == 0 || c.matchesQuery(r)) &&
		(c.limits == nil || c.limits.allow(r))
}

func (c *matcher) matchesHeader(r *s3api.Request) bool {
	for i := range c.header {
		want, found := &c.header[i], false
		r.Header.Each(func(name, value string) bool {
			found = httptext.EqualFold(name, want.name) && want.value.Match(value)
			return !found
		})
		if !found {
			return false
		}
	}
	return true
}

func (c *matcher) matchesQuery(r *s3api.Request) bool {
	for i := range c.query {
		want, found := &c.query[i], false
		httptext.EachParam(r.Query, func(_, name, value string) bool {
			found = name == want.name && want.value.Match(httptext.UnescapeQuery(value))
			return !found
		})
		if !found {
			return false
		}
	}
	return true
}

// Matches reports whether the request of a record matches. Values that the journal has redacted
// match the pattern "*" only.
func (m Match) Matches(r Record) bool {
	op, _ := s3api.OpByName(r.Operation)
	_, query, _ := strings.Cut(r.Target, "?")
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.RequestHeader)) {
		lines.WriteString(name + ": " + r.RequestHeader[name] + "\r\n")
	}
	c := m.compile()
	req := s3api.Request{
		Op: op, Operation: r.Operation, Bucket: r.Bucket, Key: r.Key,
		Method: r.Method, Part: r.Part, Attempt: r.Attempt, Reused: r.Reused,
		Header: httptext.Headers(lines.String()), Query: query,
	}
	req.Header.Each(func(name, value string) bool {
		req.AddHeader(name, value)
		return true
	})
	return c.matches(&req)
}

// StepHeader is the request header with the scenario step of the request. The client does not sign
// it, it is part of the request's identity, and the proxy removes it before the request goes to the
// upstream.
const StepHeader = s3api.StepHeader

// Operations returns the S3 API names that a Match may name, sorted.
func Operations() []string { return s3api.Operations() }
