package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file writes the html format: one file with its style and its script, without any other. The
// page has three parts: the failures, the matrix of clients and scenarios, and a panel for each
// drill, which a link opens by its fragment, with or without the script.

var (
	//go:embed html_page.html.tmpl
	pageHTML string
	//go:embed html_page.css
	pageCSS string
	//go:embed html_page.js
	pageJS string

	pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
		// a fragment needs no escaping: see fragment
		"link": func(anchor string) template.URL { return template.URL(anchor) }, //nolint:gosec // see above
	}).Parse(pageHTML))
)

// Sizes of a page in bytes. When the panels are larger, later panels leave out the details: first
// those of drills that did not fail.
const (
	quietSize = 5 << 19 // 2.5 MiB
	totalSize = 7 << 19 // 3.5 MiB
)

// html keeps the matrix and the finished panels until Close.
type html struct {
	w        io.Writer
	options  Options
	tally    tally
	matrix   matrix
	failures []htmlFailure
	articles []template.HTML
	size     int
	seeds    []uint64
	more     bool // seeds does not hold all of them
}

func newHTML(w io.Writer, o Options) Writer { return &html{w: w, options: o} }

// A htmlFailure is a line of the list before the matrix.
type htmlFailure struct {
	Anchor, Class, Mark, ID, Client, Level, First string
	rank                                          int
}

func (h *html) Drill(r *scenarios.Result) error {
	h.tally.add(r)
	if !slices.Contains(h.seeds, r.Seed) {
		if h.more = len(h.seeds) == 4; !h.more {
			h.seeds = append(h.seeds, r.Seed)
		}
	}
	anchor := h.matrix.add(r)
	limit := quietSize
	if bad(r) {
		limit = totalSize
		h.failures = append(h.failures, failureLine(r, anchor))
	}
	var b bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&b, "drill", panelOf(r, anchor, h.size > limit)); err != nil {
		return err
	}
	h.size += b.Len()
	h.articles = append(h.articles, template.HTML(b.String())) //nolint:gosec // the template has escaped it
	return nil
}

func failureLine(r *scenarios.Result, anchor string) htmlFailure {
	f := htmlFailure{
		Anchor: anchor, Class: class(r), Mark: mark(class(r)),
		ID: printable(name(r)), Client: printable(r.Client), Level: string(r.Level),
	}
	f.rank = slices.Index(verdictWords, f.Class) * 10
	if r.Verdict == scenarios.Fail {
		f.rank = slices.Index([]string{"", "must", "own", "should", "info"}, f.Level)
	}
	if len(r.Reasons) > 0 {
		first, _, _ := strings.Cut(r.Reasons[0].String(), "\n")
		f.First = shorten(printable(first), 240)
	}
	return f
}

func (h *html) Close() error {
	slices.SortStableFunc(h.failures, func(a, b htmlFailure) int { return cmp.Compare(a.rank, b.rank) })
	headline, class := h.headline()
	return pageTemplate.ExecuteTemplate(h.w, "page", htmlPage{
		matrix: &h.matrix, Version: printable(h.options.Version),
		Tally: h.tally.String(), Interrupted: h.tally.Interrupted(),
		Headline: headline, Class: class, Counts: h.counts(), Facts: h.facts(), Failures: h.failures,
		Articles: h.articles, Legend: htmlLegend,
		CSS: template.CSS(pageCSS), JS: template.JS(pageJS), //nolint:gosec // both are part of the program
	})
}

// htmlPage is what the template of the page shows.
type htmlPage struct {
	*matrix
	Version, Tally, Interrupted, Headline, Class string
	Counts                                       []htmlCount
	Facts                                        []htmlFact
	Failures                                     []htmlFailure
	Articles                                     []template.HTML
	Legend                                       []htmlTerm
	CSS                                          template.CSS
	JS                                           template.JS
}

// MarkOf returns the sign of a verdict in the matrix.
func (htmlPage) MarkOf(class string) string { return mark(class) }

// FirstFailures is how many failures the page shows unasked.
func (htmlPage) FirstFailures() int { return 12 }

// MoreFailures returns how many failures the page folds away.
func (p htmlPage) MoreFailures() int { return max(0, len(p.Failures)-p.FirstFailures()) }

// Columns returns the number of columns of the matrix.
func (p htmlPage) Columns() int { return 2 + len(p.Clients) }

type (
	htmlFact  struct{ Name, Value string }
	htmlTerm  struct{ Class, Name, Meaning string }
	htmlCount struct {
		Class, Mark, Word string
		Count             int
	}
)

// headline says the verdict of the run in one line.
func (h *html) headline() (text, class string) {
	all := count(h.tally.drills, "drill")
	fails := h.tally.of[scenarios.Fail]
	unproven := h.tally.of[scenarios.Error] + h.tally.of[scenarios.Vacuous]
	switch {
	case fails > 0:
		return fmt.Sprintf("%d of %s failed", fails, all), "fail"
	case unproven > 0:
		return fmt.Sprintf("%d of %s could not be judged", unproven, all), "error"
	case h.tally.interrupted > 0:
		return fmt.Sprintf("%d of %s not played", h.tally.interrupted, all), "error"
	case h.tally.of[scenarios.Pass] == 0:
		return "no drill was played", "skip"
	case h.tally.of[scenarios.Skip] > 0:
		return fmt.Sprintf("%s passed, %d skipped", count(h.tally.of[scenarios.Pass], "drill"),
			h.tally.of[scenarios.Skip]), "pass"
	}
	return all + " passed", "pass"
}

func (h *html) counts() []htmlCount {
	var counts []htmlCount
	for _, word := range verdictWords {
		n := h.tally.of[scenarios.Verdict(word)]
		if word == interruptedWord {
			n = h.tally.interrupted
		}
		if n > 0 {
			counts = append(counts, htmlCount{word, mark(word), word, n})
		}
	}
	return counts
}

// facts returns when, where and with what the drills were played.
func (h *html) facts() []htmlFact {
	var facts []htmlFact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, htmlFact{name, printable(value)})
		}
	}
	if !h.options.Started.IsZero() {
		add("date", h.options.Started.UTC().Format("2006-01-02 15:04 UTC"))
	}
	add("chaos", h.options.Version)
	var clients []string
	for _, c := range h.matrix.Clients {
		clients = append(clients, strings.TrimSpace(c.Name+" "+c.Version))
	}
	add("clients", strings.Join(clients, ", "))
	var seeds []string
	for _, seed := range h.seeds {
		seeds = append(seeds, fmt.Sprint(seed))
	}
	if h.more {
		seeds = append(seeds, "…")
	}
	add("seed", strings.Join(seeds, ", "))
	add("host", h.options.Host)
	return facts
}

var htmlLegend = []htmlTerm{
	{"pass", "pass", "every expectation and law held"},
	{"fail", "fail", "an expectation or a law was violated"},
	{"error", "error", "the harness broke, or the client could not start"},
	{"vacuous", "vacuous", "a declared fault did not fire: nothing is proven"},
	{"skip", "skip", "the drill does not apply here"},
	{interruptedWord, interruptedWord, "the run ended before the drill did"},
	{"", "must", "a failure breaks S3 or loses data"},
	{"", "should", "a failure is reported, and does not fail the run"},
	{"", "info", "shows what a client does"},
	{"", "own", "for this project's own client alone"},
}
