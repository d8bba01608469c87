// Versitysuite runs the S3 tests that the versitygw program holds against an endpoint, and judges
// each of them.
//
// A test is passed if versitygw says so. A test is worded if its only complaint is the text of an
// error message: then status and code were right. differences.tsv gives a reason for each test that
// fails on the fake.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

var (
	//go:embed tests.tsv
	list string
	//go:embed differences.tsv
	differences string
)

// testTimeout bounds one test. A test that needs longer counts as failed. On a busy machine, the
// tests that send large objects need more than a minute.
const testTimeout = 3 * time.Minute

// test is one test of the suite, and what came out of it.
type test struct {
	group, name string
	verdict     string // pass, worded or fail
	complaint   string // of versitygw, empty for pass
	known       difference
}

// difference says why a test may fail on the fake. The zero value means that it must not.
type difference struct {
	kind   string // S3, users, unserved or open
	reason string
	source string // where the behaviour of S3 is written
}

// foreign reports whether the test asks for what S3 does not do: it contradicts S3, or needs the
// users of versitygw.
func (d difference) foreign() bool { return d.kind == "S3" || d.kind == "users" }

// suite is what the flags say.
type suite struct {
	program, endpoint, serve string
	access, secret           string
	only                     string
	jobs                     int
}

func main() {
	var s suite
	flag.StringVar(&s.program, "program", "versitygw", "the versitygw program")
	flag.StringVar(&s.endpoint, "endpoint", "",
		"URL of the S3 under test; without it, each test gets a server of its own")
	flag.StringVar(&s.serve, "chaos", "chaos",
		"the chaos program, whose serve --auth is under test where no endpoint is given")
	flag.StringVar(&s.access, "access", os.Getenv("AWS_ACCESS_KEY_ID"), "access key")
	flag.StringVar(&s.secret, "secret", os.Getenv("AWS_SECRET_ACCESS_KEY"), "secret key")
	flag.StringVar(&s.only, "only", "", "comma-separated groups to run; empty: all but Versioning")
	flag.IntVar(&s.jobs, "jobs", 4, "tests at the same time")
	want := flag.Int("want", 0, "how many tests have to pass, worded ones included")
	flag.Parse()
	if s.endpoint != "" {
		s.jobs = 1 // the tests use the same names of buckets
	}
	tests := s.chosen(list)
	explain(tests, differences)
	s.run(context.Background(), tests)
	if got := report(os.Stdout, tests); got < *want {
		fmt.Fprintf(os.Stderr, "versitysuite: %d of %d tests pass: want %d or more\n", got, len(tests), *want)
		os.Exit(1)
	}
}

// chosen reads the list of tests, and drops the groups that are not wanted. Versioning runs by name
// only: the count does not include it.
func (s *suite) chosen(list string) []*test {
	var tests []*test
	for line := range strings.Lines(list) {
		group, name, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		wanted := group != "Versioning"
		if s.only != "" {
			wanted = strings.Contains(","+s.only+",", ","+group+",")
		}
		if wanted {
			tests = append(tests, &test{group: group, name: name})
		}
	}
	return tests
}

// explain gives the tests the differences of a table: test, kind, reason and source in a line.
func explain(tests []*test, table string) {
	known := map[string]difference{}
	for line := range strings.Lines(table) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 4 && !strings.HasPrefix(line, "#") {
			known[fields[0]] = difference{fields[1], fields[2], fields[3]}
		}
	}
	for _, t := range tests {
		t.known = known[t.name]
	}
}

// run runs the tests, several at the same time.
func (s *suite) run(ctx context.Context, tests []*test) {
	var group sync.WaitGroup
	slots := make(chan struct{}, s.jobs)
	for _, t := range tests {
		slots <- struct{}{}
		group.Go(func() {
			s.judge(ctx, t)
			<-slots
		})
	}
	group.Wait()
}

// judge runs a test in a process of its own, because some of them panic.
func (s *suite) judge(ctx context.Context, t *test) {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	at := target{s.endpoint, s.access, s.secret}
	if at.endpoint == "" {
		fresh, stop, err := s.startServer(ctx)
		if err != nil {
			t.verdict, t.complaint = "fail", err.Error()
			return
		}
		defer stop()
		at = fresh
	}
	cmd := exec.CommandContext(ctx, s.program, "test", "-a", at.access, "-s", at.secret, "-e", at.endpoint, t.name,
		"--versioning-enabled")
	// AWS_CA_BUNDLE and its like would change how the tests speak to the endpoint.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
	out, err := cmd.CombinedOutput()
	t.verdict, t.complaint = verdictOf(string(out), err)
}

// target is where a test goes, and with which keys.
type target struct{ endpoint, access, secret string }

// startServer starts chaos serve --auth, and reads from its first line where it is.
func (s *suite) startServer(ctx context.Context) (target, func(), error) {
	cmd := exec.CommandContext(ctx, s.serve, "serve", "--auth", "--output", "json", "--keep", "1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return target{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return target{}, nil, err
	}
	stop := func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // it was killed
	}
	lines := json.NewDecoder(out)
	var header struct {
		Endpoint    string
		Environment map[string]string
	}
	if err := lines.Decode(&header); err != nil {
		stop()
		return target{}, nil, fmt.Errorf("chaos serve: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // until the server is stopped
	env := header.Environment
	return target{header.Endpoint, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]}, stop, nil
}

// verdictOf reads the output of one test.
func verdictOf(out string, err error) (verdict, complaint string) {
	passed := false
	scanner := bufio.NewScanner(strings.NewReader(out))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := scanner.Text()
		switch {
		case strings.Contains(line, "FAIL "):
			_, complaint, _ = strings.Cut(line, "FAIL ")
		case strings.HasPrefix(line, "panic:"):
			complaint = line
		case strings.Contains(line, "PASS "):
			passed = true
		}
	}
	_, complaint, _ = strings.Cut(strings.TrimPrefix(complaint, "\x1b[0m"), ": ")
	switch {
	case complaint == "" && passed:
		return "pass", ""
	case strings.Contains(complaint, "expected error message to be "):
		return "worded", complaint
	case complaint == "" && err != nil:
		return "fail", err.Error()
	case complaint == "":
		return "fail", "the test said nothing"
	}
	return "fail", complaint
}
