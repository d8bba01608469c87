package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An account is what an `expect` is checked against: the records and results of the whole drill or
// of one step.
type account struct {
	drill   *outcome
	step    string // the step's id; empty for the whole drill
	line    int    // of the step
	outcome script.Outcome
	err     *failureOf // the last error; nil if there was no error
	records []faultproxy.Record
	groups  []Group
	acts    []*oracle.Act
	inner   []*node  // the steps directly inside the step, or those that the workers of a load took
	load    *loading // nil unless the step is a load
	calls   []*called
	raw     *rawResult // of a raw step
	start   time.Duration
	elapsed time.Duration
	end     time.Duration
}

// A failureOf is a client's error with its kinds and its S3 code.
type failureOf struct {
	Text  string
	Code  string
	Kinds []script.ErrorKind // the most important first
}

func (f *failureOf) String() string {
	switch {
	case f == nil:
		return "no error"
	case f.Code != "":
		return fmt.Sprintf("%s (code %s)", f.Text, f.Code)
	}
	return f.Text
}

// check returns a reason for each expectation of e that the account does not meet.
func (s *account) check(e *script.Expect) []Reason {
	c := &checker{account: s, expect: e}
	c.outcome()
	c.succeed()
	c.operations()
	c.failure()
	c.counts("attempts", e.Attempts, s.attempts)
	c.counts("sends", e.Sends, s.sends)
	c.waits()
	c.elapsed()
	c.quiet()
	c.requests()
	c.bytes()
	c.answers()
	c.objects()
	c.files()
	c.program()
	c.progress()
	c.log()
	c.calls()
	c.raw()
	return c.reasons
}

// A checker collects the expectations that do not hold.
type checker struct {
	*account
	expect  *script.Expect
	reasons []Reason
}

// miss adds the reason that the expectation under key does not hold.
func (c *checker) miss(key, expected, got string, evidence ...string) {
	c.missAt(key, c.expect.At(key).Line, expected, got, evidence...)
}

// missNumber adds the reason that a number is out of its bounds.
func (c *checker) missNumber(key string, line int, expected, got string, numbers *Measured, evidence ...string) {
	c.missAt(key, line, expected, got, evidence...)
	c.reasons[len(c.reasons)-1].Measured = numbers
}

func (c *checker) missAt(key string, line int, expected, got string, evidence ...string) {
	c.reasons = append(c.reasons,
		Reason{Kind: key, Step: c.step, Line: line, Expected: expected, Got: got, Evidence: evidence})
}

// journal quotes the account's last records.
func (c *checker) journal(operation string) []string {
	return evidence.Last(c.records,
		func(r faultproxy.Record) bool { return operation == "" || r.Operation == operation })
}

func (c *checker) failure() {
	want := c.expect.Error
	if want == nil {
		return
	}
	if c.err == nil {
		c.miss("error", want.String(), "no error", c.journal("")...)
		return
	}
	if want.Code != "" && want.Code != c.err.Code {
		c.missAt("error", want.At("code").Line, "code "+want.Code, c.err.String(), c.journal("")...)
	}
	if want.Kind != "" && !slices.Contains(c.err.Kinds, want.Kind) {
		got := "an error of unknown kind"
		if len(c.err.Kinds) > 0 {
			got = "kind " + string(c.err.Kinds[0])
		}
		c.missAt("error", want.At("kind").Line, "kind "+string(want.Kind), got+": "+c.err.Text, c.journal("")...)
	}
	if text := glob.Compile(want.Text); !text.Match(c.err.Text) {
		c.missAt("error", want.At("text").Line, "text "+want.Text, c.err.Text, c.journal("")...)
	}
}

// attempts returns how many attempts the client made. It counts the attempts in the journal, or
// those that the client reported if these are more: some may have failed before they sent anything.
// The operation of a call counts its attempts itself.
func (s *account) attempts(operation string) int {
	wire := make(map[string]int)
	for _, g := range s.groups {
		wire[g.Operation] += len(g.Attempts)
	}
	client := s.drill.tries(s.step)
	sum := 0
	for op, n := range wire {
		if operation == "" || operation == op {
			sum += max(n, client[op])
		}
	}
	for op, n := range client {
		if _, seen := wire[op]; !seen && (operation == "" || operation == op) {
			sum += n
		}
	}
	for _, call := range s.calls {
		if operation == "" {
			sum += len(call.operation.Seen())
		}
	}
	return sum
}

// sends returns how many requests of an operation are in the journal.
func (s *account) sends(operation string) int {
	n := 0
	for _, r := range s.records {
		if r.Kind == "exchange" && (operation == "" || operation == r.Operation) {
			n++
		}
	}
	return n
}

func (c *checker) counts(key string, bounds []script.CountBound, count func(string) int) {
	for _, b := range bounds {
		if n := count(b.Of); !b.Contains(n) {
			got := fmt.Sprint(n)
			if key == "attempts" && Concurrent(c.groups) {
				got = plural(n, "request") + ", which may be attempts or separate requests"
			}
			c.missNumber(key, lineOr(b.Line, c.expect.At(key).Line), b.String(), got,
				measured(Count, b.IntBound, n), c.journal(b.Of)...)
		}
	}
}

// lineOr returns line, or other if line is 0.
func lineOr(line, other int) int {
	if line > 0 {
		return line
	}
	return other
}

func (c *checker) elapsed() {
	if b := c.expect.Elapsed; b != nil && !c.drill.contains(*b, c.account.elapsed) {
		c.missNumber("elapsed", lineOr(b.Line, c.expect.At("elapsed").Line), b.String(),
			evidence.Time(c.account.elapsed), measured(Nanoseconds, *b, c.account.elapsed), c.journal("")...)
	}
}

// quiet checks `quiet_for`: no request arrives after the end.
func (c *checker) quiet() {
	want := c.expect.QuietFor
	if want == 0 {
		return
	}
	for _, r := range c.records {
		if r.At > c.end && r.At <= c.end+want {
			c.miss("quiet_for", evidence.Time(want)+" without a request",
				fmt.Sprintf("one %s after the end", evidence.Time(r.At-c.end)), evidence.Line(r))
			return
		}
	}
}
