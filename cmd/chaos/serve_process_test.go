package main

// The commands of the scripts of serve that start, read and stop servers.

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/s3chaos/s3chaos/internal/racing"
)

// patience limits every wait of a script. Only a broken program exceeds it.
const patience = 30 * time.Second

type stageKey struct{}

// stage holds the servers and requests that run beside a script.
type stage struct {
	processes map[string]*process
	answers   map[string]chan answered
}

func newStage() *stage {
	return &stage{processes: map[string]*process{}, answers: map[string]chan answered{}}
}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func processOf(ts *testscript.TestScript, name string) *process {
	p := stageOf(ts).processes[name]
	if p == nil {
		ts.Fatalf("server %s is not started", name)
	}
	return p
}

// process is a program that runs beside the script, or a stream of events (with cmd nil).
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *lines
}

// lines collects the lines of a stream.
type lines struct {
	mu    sync.Mutex
	all   []string
	seen  int
	ended bool
	news  chan struct{}
}

// follow reads a stream to its end, in the background.
func follow(r io.Reader) *lines {
	l := &lines{news: make(chan struct{}, 1)}
	go func() {
		scanner := bufio.NewScanner(r)
		for scanner.Scan() {
			l.add(scanner.Text(), false)
		}
		l.add("", true)
	}()
	return l
}

func (l *lines) add(text string, end bool) {
	l.mu.Lock()
	if end {
		l.ended = true
	} else {
		l.all = append(l.all, text)
	}
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// wait returns the next line that matches. It calls each with this line and the lines before it
// that no earlier call has seen.
func (l *lines) wait(pattern *regexp.Regexp, each func(string)) (string, error) {
	over := time.After(patience)
	for {
		l.mu.Lock()
		for l.seen < len(l.all) {
			line := l.all[l.seen]
			l.seen++
			each(line)
			if pattern.MatchString(line) {
				l.mu.Unlock()
				return line, nil
			}
		}
		ended := l.ended
		l.mu.Unlock()
		if ended {
			return "", errors.New("the stream ended")
		}
		select {
		case <-l.news:
		case <-over:
			return "", errors.New("no line matched in time")
		}
	}
}

// text waits for the end of the stream and returns all of it.
func (l *lines) text() string {
	_, _ = l.wait(regexp.MustCompile(`[^\s\S]`), func(string) {}) // matches nothing
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(append(l.all, ""), "\n")
}

func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serve NAME ARG...")
	}
	name := args[0]
	program := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file := filepath.Join(dir, "chaos"); program == "" {
			if _, err := os.Stat(file); err == nil {
				program = file
			}
		}
	}
	p := &process{cmd: exec.Command(program, append([]string{"serve"}, args[1:]...)...)}
	p.cmd.Dir = ts.MkAbs(".")
	for _, v := range []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", tokenVariable, racing.Variable} {
		if value := ts.Getenv(v); value != "" {
			p.cmd.Env = append(p.cmd.Env, v+"="+value)
		}
	}
	stdout, err := p.cmd.StdoutPipe()
	ts.Check(err)
	stderr, err := p.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	p.stdout, p.stderr = follow(stdout), follow(stderr)
	stageOf(ts).processes[name] = p
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // an error means that it has exited
		_ = p.cmd.Wait()
	})
	p.await(ts, name, p.stdout, `AWS_ENDPOINT_URL`)
	if ts.Getenv(tokenVariable) == "" && strings.Contains(strings.Join(args, " "), "--control") {
		p.await(ts, name, p.stderr, `control token`)
	}
}

// announced maps a variable of the script to the pattern that finds its value in a server's output.
var announced = map[string]*regexp.Regexp{
	"url":     regexp.MustCompile(`AWS_ENDPOINT_URL(?:=|":")([^"]*)`),
	"addr":    regexp.MustCompile(`AWS_ENDPOINT_URL(?:=|":")https?://([^"]*)`),
	"ca":      regexp.MustCompile(`AWS_CA_BUNDLE(?:=|":")([^"]*)`),
	"control": regexp.MustCompile(`control API at (.*)`),
	"token":   regexp.MustCompile(`control token (.*)`),
}

func (p *process) await(ts *testscript.TestScript, name string, from *lines, pattern string) {
	re, err := regexp.Compile(pattern)
	ts.Check(err)
	line, err := from.wait(re, func(line string) {
		for variable, re := range announced {
			if m := re.FindStringSubmatch(line); m != nil {
				ts.Setenv(name+"_"+variable, m[1])
			}
		}
	})
	if err != nil && p.cmd == nil {
		ts.Fatalf("%s: waiting for %q: %v", name, pattern, err)
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		ts.Fatalf("%s: waiting for %q: %v\nstdout:\n%s\nstderr:\n%s",
			name, pattern, err, p.stdout.text(), p.stderr.text())
	}
	ts.Logf("%s", line)
}

func lineCommand(of func(*process) *lines) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: line NAME REGEXP")
		}
		p := processOf(ts, args[0])
		p.await(ts, args[0], of(p), args[1])
	}
}

func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME INT|TERM")
	}
	s := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[1]]
	ts.Check(processOf(ts, args[0]).cmd.Process.Signal(s))
}

func endedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ended NAME CODE")
	}
	p := processOf(ts, args[0])
	if p.cmd == nil {
		ts.Fatalf("%s is not a server", args[0])
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	stdout, stderr := p.stdout.text(), p.stderr.text()
	err = p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		ts.Fatalf("%v", err)
	}
	_, _ = io.WriteString(ts.Stdout(), stdout)
	_, _ = io.WriteString(ts.Stderr(), stderr)
	if got := p.cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d (%s)", got, want, p.cmd.ProcessState)
	}
}
