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

// progress counts the drills of a run and shows the counts on standard error.
type progress struct {
	stdout io.Writer // where reports to standard output go while the progress is shown
	stop   func()

	mu                  sync.Mutex
	began               time.Time
	total, done, failed int
	slowest, client     string        // the drill that took longest
	took                time.Duration // its real time
}

// startProgress shows the progress of so many drills until close: below the results if standard
// error is a terminal, and as a line every half minute otherwise.
func startProgress(total int, stdout, stderr io.Writer) *progress {
	p := &progress{stdout: stdout, total: total, began: time.Now()}
	screen := terminalOf(stderr)
	switch {
	case total < 2:
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

// counts says how many drills of the run have ended.
func (p *progress) counts() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%d of %d drills", p.done, p.total)
}

// left says how many drills failed, and how long the rest will take at the speed so far.
func (p *progress) left() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("%d failed", p.failed)
	if p.done > 0 {
		each := float64(time.Since(p.began)) / float64(p.done)
		left := time.Duration(each * float64(p.total-p.done))
		text += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return text
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
