package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/internal/scripted"
)

// A logged is one line that the client has logged for a step.
type logged struct {
	at         time.Time
	step, line string
}

// compareLogged orders lines by time, and lines of one time by their step: steps that end together
// log in any order.
func compareLogged(a, b logged) int {
	return cmp.Or(a.at.Compare(b.at), slices.Compare(stepNumbers(a.step), stepNumbers(b.step)))
}

// stepNumbers returns the numbers of a step's id, such as 2 and 10 of "2.10".
func stepNumbers(step string) []int {
	var numbers []int
	for number := range strings.SplitSeq(step, ".") {
		n, _ := strconv.Atoi(number) // 0 for a line of no step
		numbers = append(numbers, n)
	}
	return numbers
}

// logger returns a logger whose lines the drill reads.
func (w *Witness) logger() *slog.Logger { return slog.New(&logHandler{witness: w}) }

// A logHandler writes each record as a line, as slog.TextHandler does, without the time.
type logHandler struct {
	witness *Witness
	attrs   []slog.Attr
}

func (*logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	var line bytes.Buffer
	text := scripted.TextHandler(&line)
	if err := text.WithAttrs(h.attrs).Handle(ctx, r); err != nil {
		return err
	}
	h.witness.mu.Lock()
	defer h.witness.mu.Unlock()
	h.witness.lines = append(h.witness.lines,
		logged{time.Now(), stepOf(ctx), strings.TrimSuffix(line.String(), "\n")})
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.witness, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup ignores the name: the builtin client has no groups.
func (h *logHandler) WithGroup(string) slog.Handler { return h }

// log checks the lines that the client has logged: each fits its pattern, and there are no others.
func (c *checker) log() {
	want := c.expect.Log
	if want == nil {
		return
	}
	var got []string
	for _, l := range c.drill.logged {
		if c.step == "" || evidence.Within(l.step, c.step) {
			got = append(got, l.line)
		}
	}
	switch i := misfit(want, got); {
	case i < 0:
	case i >= len(got):
		c.miss("log", want[i], fmt.Sprintf("%s and no more", plural(len(got), "line")), got...)
	case i >= len(want):
		c.miss("log", fmt.Sprintf("%s and no more", plural(len(want), "line")), got[i], got...)
	default:
		c.miss("log", want[i], got[i], got...)
	}
}

// misfit compares lines with patterns, one for each. It returns the index of the first line that
// does not fit its pattern, that is missing or that is too much; -1 if all fit.
func misfit(patterns, lines []string) int {
	for i := range max(len(patterns), len(lines)) {
		if i >= len(patterns) || i >= len(lines) {
			return i
		}
		if pattern := glob.Compile(patterns[i]); !pattern.Match(lines[i]) {
			return i
		}
	}
	return -1
}
