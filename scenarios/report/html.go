package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"svg": svg, "summary": summary, "where": where, "bad": bad, "said": said, "all": all, "graded": graded,
	"lines": func(r *scenarios.Result) []string { return append(loads(r), events(r)...) },
}).Parse(page))

// html writes one self-contained file with a timeline of each drill as inline SVG.
type html struct {
	w       io.Writer
	tally   tally
	results []*scenarios.Result
}

func newHTML(w io.Writer, _ Options) Writer { return &html{w: w} }

func (h *html) Drill(r *scenarios.Result) error {
	h.tally.add(r)
	h.results = append(h.results, r)
	return nil
}

func (h *html) Close() error {
	return pageTemplate.Execute(h.w, map[string]any{
		"Tally": h.tally.String(), "Interrupted": h.tally.Interrupted(), "Results": h.results,
	})
}

// Sizes of a timeline in SVG units.
const (
	svgWidth = 1000
	svgLabel = 280
	svgRow   = 22
	svgRows  = 24
)

// svg draws a drill as a timeline. Each logical request is a row, each attempt a bar, and each wait
// a thin line.
func svg(r *scenarios.Result) template.HTML {
	groups, hidden := (&text{}).choose(r.Groups)
	hidden += r.LeftOut
	if len(groups) > svgRows {
		hidden += len(groups) - svgRows
		groups = groups[:svgRows]
	}
	if len(groups) == 0 {
		return ""
	}
	end := r.Elapsed
	for _, g := range groups {
		end = max(end, g.Attempts[len(g.Attempts)-1].End())
	}
	end = max(end, time.Millisecond)
	x := func(d time.Duration) float64 { return svgLabel + float64(svgWidth-svgLabel-10)*float64(d)/float64(end) }

	height := svgRow*(len(groups)+1) + 6
	var out strings.Builder
	out.WriteString(fmt.Sprintf(`<svg viewBox="0 0 %d %d" role="img" aria-label="timeline">`, svgWidth, height))
	for i, g := range groups {
		y := float64(i*svgRow) + 4
		middle := y + svgRow/2
		out.WriteString(fmt.Sprintf(`<text x="0" y="%.1f">%s</text>`, middle+4,
			template.HTMLEscapeString(shorten(g.Title(), 36))))
		for j, a := range g.Attempts {
			if j > 0 && !g.Concurrent {
				out.WriteString(fmt.Sprintf(`<line class="wait" x1="%.2f" x2="%.2f" y1="%.1f" y2="%.1f"/>`,
					x(a.Start()-a.Wait), x(a.Start()), middle, middle))
			}
			last := a.Last()
			class := "struck"
			if accepted(g, j) {
				class = "good"
			}
			title := fmt.Sprintf("%s %d at %s: %s", tried([]scenarios.Group{g}), a.N, clock(a.Start()), outcome(last))
			if a.N > 1 && !g.Concurrent {
				title += ", after a wait of " + clock(a.Wait)
			}
			if last.Fault != "" {
				title += "\n" + last.Fault
			}
			out.WriteString(
				fmt.Sprintf(
					`<rect class="%s" x="%.2f" y="%.1f" width="%.2f" height="%d" rx="2"><title>%s</title></rect>`,
					class, x(a.Start()), y+3, max(4, x(a.End())-x(a.Start())), svgRow-6,
					template.HTMLEscapeString(title)))
		}
	}
	bottom := float64(len(groups)*svgRow) + 16
	out.WriteString(
		fmt.Sprintf(
			`<text class="axis" x="%d" y="%.1f">0</text><text class="axis" x="%d" y="%.1f" text-anchor="end">%s</text>`,
			svgLabel, bottom, svgWidth-10, bottom, clock(end)))
	if hidden > 0 {
		out.WriteString(fmt.Sprintf(`<text class="axis" x="0" y="%.1f">and %s</text>`, bottom,
			count(hidden, "more request")))
	}
	return template.HTML(out.String() + "</svg>") //nolint:gosec // every text in it is escaped
}

// shorten cuts s to limit characters, of which the last is "…".
func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// all returns the reasons of a result, then its notes.
func all(r *scenarios.Result) []scenarios.Reason { return slices.Concat(r.Reasons, r.Notes) }
