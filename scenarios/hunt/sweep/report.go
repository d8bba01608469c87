package sweep

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Report is what a sweep found: the findings, and a map of operations and faults.
type Report struct {
	Found    []*Found
	Unplayed []string // workloads that the client cannot play, with the reason
	Played   int      // drills whose fault fired

	cells map[cell]*tally
	ops   []string
	known map[hunt.Signature]*Found
	odd   map[string]int // reasons of unjudged drills
}

// Found is a finding with the drill that shows it. Other drills with the same signature are only
// counted.
type Found struct {
	hunt.Finding
	Drill *Drill
	Count int
	File  string // that WriteFiles wrote; empty: none
	Note  string // why `chaos run FILE` does not pass; empty: it does
}

type cell struct{ fault, operation string }

// A tally is what the client did with a kind of fault at an operation.
type tally struct {
	words    map[Word]int
	attempts int           // at most
	extra    time.Duration // at most
}

func newReport() *Report {
	return &Report{
		cells: make(map[cell]*tally), known: make(map[hunt.Signature]*Found), odd: make(map[string]int),
	}
}

// add counts a drill. A pair is in the map by its second fault.
func (r *Report) add(d *Drill) {
	if d.Word == NotFired {
		return
	}
	if d.Word == Unjudged {
		r.odd[d.Why]++
	} else {
		r.Played++
	}
	if d.Fault != "" {
		r.count(d)
	}
	for _, f := range d.Findings {
		if d.Word == Hung && f.Kind == hunt.Kind(script.OrphanUpload) {
			continue // a client that is stopped cannot abort its upload
		}
		if old := r.known[f.Coarse()]; old != nil {
			old.Count++
			continue
		}
		found := &Found{Finding: f, Drill: d, Count: 1}
		r.known[f.Coarse()] = found
		r.Found = append(r.Found, found)
	}
}

// count counts a drill with a fault in the map.
func (r *Report) count(d *Drill) {
	if !slices.Contains(r.ops, d.Operation) {
		r.ops = append(r.ops, d.Operation)
	}
	at := cell{d.Fault, d.Operation}
	t := r.cells[at]
	if t == nil {
		t = &tally{words: make(map[Word]int)}
		r.cells[at] = t
	}
	t.words[d.Word]++
	t.attempts, t.extra = max(t.attempts, d.Attempts), max(t.extra, d.Extra)
}

// ExitCode returns 1 if there are findings, 3 if some drill was not judged, and 0 otherwise.
func (r *Report) ExitCode() int {
	switch {
	case len(r.Found) > 0:
		return 1
	case len(r.Unplayed)+len(r.odd) > 0 || r.Played == 0:
		return 3
	}
	return 0
}

// letters are the words as the map shows them, from the worst to the best.
var letters = []struct {
	word   Word
	letter string
}{{Lied, "L"}, {Hung, "H"}, {Broke, "B"}, {Unjudged, "?"}, {GaveUp, "g"}, {Recovered, "r"}}

// Text writes the findings and the map.
func (r *Report) Text(w io.Writer) error {
	b := &strings.Builder{}
	for i, f := range r.Found {
		fmt.Fprintf(b, "%d. %s (%s)\n   %s\n   %s\n",
			i+1, f.Coarse(), counted(f.Count, "drill"), f.Drill.ID, f.Sentence)
		switch {
		case f.Note != "":
			fmt.Fprintf(b, "   %s: %s\n", f.File, f.Note)
		case f.File != "":
			fmt.Fprintf(b, "   chaos run %s\n", f.File)
		}
		b.WriteString("\n")
	}
	for _, why := range r.Unplayed {
		fmt.Fprintf(b, "not played: %s\n", why)
	}
	for _, why := range slices.Sorted(maps.Keys(r.odd)) {
		fmt.Fprintf(b, "not judged: %s: %s\n", counted(r.odd[why], "drill"), why)
	}
	r.table(b)
	fmt.Fprintf(b, "%s, %s\n", counted(r.Played, "drill"), counted(len(r.Found), "finding"))
	_, err := io.WriteString(w, b.String())
	return err
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// table writes the map: a line for each fault, a column for each operation.
func (r *Report) table(b *strings.Builder) {
	if len(r.ops) == 0 {
		return
	}
	b.WriteString("L lied, H hung, B broke a rule, g gave up honestly, r recovered; most attempts, most time added\n\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\t%s\n", strings.Join(r.ops, "\t"))
	for _, kind := range faultproxy.Kinds() {
		line, any := []string{kind}, false
		for _, op := range r.ops {
			text := r.cells[cell{kind, op}].String()
			any = any || text != "·"
			line = append(line, text)
		}
		if any {
			fmt.Fprintln(t, strings.Join(line, "\t"))
		}
	}
	_ = t.Flush() // a strings.Builder has no errors
	b.WriteString("\n")
}

// String returns a cell: "L2 g3 r10, 3×, +300ms".
func (t *tally) String() string {
	if t == nil {
		return "·"
	}
	var parts []string
	for _, l := range letters {
		if n := t.words[l.word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s%d", l.letter, n))
		}
	}
	text := strings.Join(parts, " ")
	if t.attempts > 1 {
		text += fmt.Sprintf(", %d×", t.attempts)
	}
	if extra := t.extra.Round(10 * time.Millisecond); extra > 0 {
		text += ", +" + extra.String()
	}
	return cmp.Or(text, "·")
}
