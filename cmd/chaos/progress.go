package main

// How far a run is: what the rows below the results on a terminal say, and the lines that appear
// now and then elsewhere.

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/s3chaos/s3chaos/scenarios"
)

// lineEvery is the time between two lines of progress where there is no terminal.
const lineEvery = 30 * time.Second

// progress counts the drills of a run, or the scripts of a hunt, and shows the counts on standard
// error.
type progress struct {
	stdout io.Writer // where reports to standard output go while the progress is shown
	stop   func()
	hunts  bool
	limit  time.Duration // after which a hunt ends; 0: it has no limit

	mu                  sync.Mutex
	began               time.Time
	total, done, failed int           // a hunt has no total if only its time is limited
	slowest, client     string        // the drill that took longest
	took                time.Duration // its real time
}

// startProgress shows the progress of so many drills until close: below the results if standard
// error is a terminal, and as a line every half minute otherwise.
func startProgress(total int, stdout, stderr io.Writer) *progress {
	p := &progress{total: total}
	return p.start(total > 1, stdout, stderr)
}

// startHunt shows the progress of a hunt as startProgress does. total is the number of its scripts,
// or 0 if only the limit of time or the user ends it.
func startHunt(total int, limit time.Duration, stdout, stderr io.Writer) *progress {
	p := &progress{total: total, hunts: true, limit: limit}
	return p.start(true, stdout, stderr)
}

func (p *progress) start(shown bool, stdout, stderr io.Writer) *progress {
	p.stdout, p.began = stdout, time.Now()
	screen := terminalOf(stderr)
	switch {
	case !shown:
		p.stop = func() {}
	case screen == nil || os.Getenv("TERM") == "dumb": // such a terminal cannot move its cursor
		p.stop = p.lines(stderr)
	default:
		c := &console{w: screen, size: func() (int, int, error) { return term.GetSize(fileDescriptor(screen)) }}
		if terminalOf(stdout) != nil {
			p.stdout = writerFunc(func(text []byte) (int, error) { return c.above(stdout, text) })
		}
		p.stop = p.bar(c)
	}
	return p
}

// close removes the progress from the terminal.
func (p *progress) close() { p.stop() }

// add counts a drill that has ended. It may be called concurrently.
func (p *progress) add(r *scenarios.Result) {
	if r.Interrupted() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if scenarios.ExitCodeWith(0, r) != 0 {
		p.failed++
	}
	if r.Wall > p.took {
		p.took, p.slowest, p.client = r.Wall, cmp.Or(r.ID, r.Name), r.Client
	}
}

// script counts a script of a hunt that has ended, with the number of its new findings.
func (p *progress) script(findings int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.failed += findings
}

// counts says how many drills of the run, or scripts of the hunt, have ended.
func (p *progress) counts() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.hunts && p.total == 0:
		return fmt.Sprintf("%d scripts", p.done)
	case p.hunts:
		return fmt.Sprintf("%d of %d scripts", p.done, p.total)
	}
	return fmt.Sprintf("%d of %d drills", p.done, p.total)
}

// left says how many drills failed, or how many findings there are and how many scripts are played
// in a second, and how long the rest will take at the speed so far.
func (p *progress) left() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	so := time.Since(p.began)
	text := fmt.Sprintf("%d failed", p.failed)
	if p.hunts {
		text = fmt.Sprintf("%d findings, %.1f a second", p.failed, float64(p.done)/so.Seconds())
	}
	left := p.limit - so
	if p.total > 0 && p.done > 0 {
		rest := time.Duration(float64(so) / float64(p.done) * float64(p.total-p.done))
		if p.limit == 0 || rest < left {
			left = rest
		}
	}
	if left > 0 || p.total > 0 && p.done > 0 {
		text += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return text
}

// share returns how much of the run is done, and how much there is.
func (p *progress) share() (done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total == 0 {
		return int64(time.Since(p.began)), int64(p.limit)
	}
	return int64(p.done), int64(p.total)
}

// slow names the drill that took longest, in at most so many columns. It leaves out the client, and
// then the drill, rather than cut a name.
func (p *progress) slow(columns int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slowest == "" {
		return ""
	}
	took := "slowest " + p.took.Round(time.Millisecond).String()
	drill := took + ": " + p.slowest
	for _, text := range []string{drill + " (" + p.client + ")", drill, took} {
		if text = visible(text); columnsOf(text) <= columns {
			return text
		}
	}
	return ""
}

// lines writes a line every half minute. stop ends that.
func (p *progress) lines(w io.Writer) (stop func()) {
	ended := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		tick := time.NewTicker(lineEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				line := "chaos: " + p.counts() + ", " + p.left()
				if slow := p.slow(1 << 10); slow != "" {
					line += ", " + slow
				}
				fmt.Fprintln(w, line)
			case <-ended:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(ended)
		writer.Wait()
	})
}

// columnsOf returns how many columns a text takes at most: a character beyond ASCII may be wide.
func columnsOf(text string) int { return 2*utf8.RuneCountInString(text) - countASCII(text) }

func countASCII(text string) int {
	n := 0
	for i := range len(text) {
		if text[i] < utf8.RuneSelf {
			n++
		}
	}
	return n
}

// writerFunc makes a function an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
