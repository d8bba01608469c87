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
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Report is what a sweep found: the findings, and a map of operations and faults.
type Report struct {
	Found    []*Found
	Unplayed []string // workloads that could not be judged, with the reason
	Lacking  []string // workloads for which the client has no operation, with the reason
	Played   int      // drills whose fault fired

	cells map[cell]*tally
	ops   []string
	known map[hunt.Signature]*Found
	odd   map[string]int       // reasons of unjudged drills
	over  map[string]*unplayed // by why the sweep ended
	facts map[string]*left
}

// unplayed counts what a sweep that ended early did not play.
type unplayed struct{ drills, workloads int }

// ended returns the count of what is not played for this reason.
func (r *Report) ended(why string) *unplayed {
	if r.over[why] == nil {
		r.over[why] = new(unplayed)
	}
	return r.over[why]
}

// String returns the counts that are not 0: "12 drills and 1 workload".
func (u *unplayed) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		noun string
	}{{u.drills, "drill"}, {u.workloads, "workload"}} {
		if part.n > 0 {
			parts = append(parts, counted(part.n, part.noun))
		}
	}
	return strings.Join(parts, " and ")
}

// left is what drills left behind.
type left struct {
	count int
	first *Drill
	text  string // of the first
}

// Found is a finding with the drill that shows it. Other drills with the same signature are only
// counted.
type Found struct {
	hunt.Finding
	Drill *Drill
	Count int
	Small *found.Found // that WriteFiles wrote; nil: none
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
		over: make(map[string]*unplayed), facts: make(map[string]*left),
	}
}

// add counts a drill. A pair is in the map by its second fault.
func (r *Report) add(d *Drill) {
	switch d.Word {
	case NotFired:
		return
	case NotPlayed:
		r.ended(d.Why).drills++
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
	r.leaves(d)
	for _, f := range d.Findings {
		if d.Word == Hung && f.Kind == hunt.Kind(script.OrphanUpload) {
			continue // a client that is stopped cannot abort its upload
		}
		if old := r.known[f.Coarse()]; old != nil {
			old.Count++
			continue
		}
		first := &Found{Finding: f, Drill: d, Count: 1}
		r.known[f.Coarse()] = first
		r.Found = append(r.Found, first)
	}
}

// leaves counts the facts of a drill, each kind once.
func (r *Report) leaves(d *Drill) {
	told := make(map[string]bool)
	for _, f := range d.Facts {
		if told[f.Kind] {
			continue
		}
		told[f.Kind] = true
		if r.facts[f.Kind] == nil {
			r.facts[f.Kind] = &left{first: d, text: f.Text}
		}
		r.facts[f.Kind].count++
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

// ExitCode returns 1 if there are findings, 3 if some drill was not played or not judged, and 0
// otherwise.
func (r *Report) ExitCode() int {
	switch {
	case len(r.Found) > 0:
		return 1
	case len(r.Unplayed)+len(r.odd)+len(r.over) > 0 || r.Played == 0:
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
		if f.Small != nil {
			fmt.Fprintf(b, "   %s\n", f.Small.Replay())
		}
		b.WriteString("\n")
	}
	for _, why := range append(r.Lacking, r.Unplayed...) {
		fmt.Fprintf(b, "not played: %s\n", why)
	}
	for _, why := range slices.Sorted(maps.Keys(r.over)) {
		fmt.Fprintf(b, "not played: %s: %s\n", r.over[why], why)
	}
	for _, why := range slices.Sorted(maps.Keys(r.odd)) {
		fmt.Fprintf(b, "not judged: %s: %s\n", counted(r.odd[why], "drill"), why)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.facts)) {
		l := r.facts[kind]
		fmt.Fprintf(b, "no finding, but left behind: %s in %s; first %s: %s\n",
			kind, counted(l.count, "drill"), l.first.ID, l.text)
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
	for _, kind := range append(faultproxy.Kinds(), hunt.Kill) {
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
