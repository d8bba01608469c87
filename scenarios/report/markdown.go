package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// markdown writes the matrix as a table of GitHub's Markdown, for a README. It keeps the matrix.
type markdown struct {
	w       io.Writer
	options Options
	tally   tally
	matrix  matrix
	limit   int // bytes; a larger table has only the scenarios that did not pass; 0: no limit
}

func newMarkdown(w io.Writer, o Options) Writer { return &markdown{w: w, options: o} }

func (m *markdown) Drill(r *scenarios.Result) error {
	m.tally.add(r)
	m.matrix.add(r)
	return nil
}

func (m *markdown) Close() error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.", m.tally.String())
	if message := m.tally.Interrupted(); message != "" {
		fmt.Fprintf(&b, " %s.", message)
	}
	if !m.options.Started.IsZero() {
		fmt.Fprintf(&b, " Played on %s", m.options.Started.UTC().Format("2006-01-02"))
		if m.options.Version != "" {
			fmt.Fprintf(&b, " with chaos %s", escapeMarkdown(m.options.Version))
		}
		b.WriteString(".")
	}
	b.WriteString("\n\n")
	if rest := m.matrix.markdown(); m.limit == 0 || b.Len()+len(rest) <= m.limit {
		b.WriteString(rest)
	} else {
		b.WriteString("The table has only scenarios that did not pass.\n\n")
		b.WriteString(m.matrix.bad().markdown())
	}
	_, err := io.WriteString(m.w, b.String())
	return err
}

// bad returns the matrix of at most 2,000 rows in which a drill did not pass.
func (m *matrix) bad() *matrix {
	few := &matrix{Clients: m.Clients}
	for _, row := range m.Rows {
		wrong := slices.ContainsFunc(row.cells, func(c matrixCell) bool {
			return c.Class != "" && c.Class != string(scenarios.Pass) && c.Class != string(scenarios.Skip)
		})
		if wrong && len(few.Rows) < 2000 {
			few.Rows = append(few.Rows, row)
		}
	}
	return few
}

// markdown returns the table and its legend, or "" without rows.
func (m *matrix) markdown() string {
	if len(m.Rows) == 0 {
		return ""
	}
	seen := make(map[string]bool)
	b := &strings.Builder{}
	var clients []string
	for _, c := range m.Clients {
		clients = append(clients, strings.TrimSpace(c.Name+" "+c.Version))
	}
	tableHead(b, "scenario", ":-:", clients)
	for _, folder := range m.Folders() {
		for _, row := range folder.Rows {
			var cells []string
			for _, cell := range row.Cells {
				seen[cell.Class] = true
				cells = append(cells, strings.TrimSpace(markdownMark(cell.Class)+" "+cell.Share))
			}
			tableRow(b, row.ID, row.Level, cells)
		}
	}
	var legend []string
	for _, word := range verdictWords {
		if seen[word] {
			legend = append(legend, markdownMark(word)+" "+word)
		}
	}
	fmt.Fprintf(b, "\n%s\n", strings.Join(legend, " · "))
	return b.String()
}

// tableHead begins a table of clients and scenarios. first is the title of the first column, and
// align the rule below the names of the clients.
func tableHead(b *strings.Builder, first, align string, clients []string) {
	fmt.Fprintf(b, "| %s | level |", first)
	for _, client := range clients {
		fmt.Fprintf(b, " %s |", escapeMarkdown(client))
	}
	b.WriteString("\n|---|---|" + strings.Repeat(align+"|", len(clients)) + "\n")
}

// tableRow writes the row of a scenario, with a cell for each client.
func tableRow(b *strings.Builder, id, level string, cells []string) {
	fmt.Fprintf(b, "| %s | %s |", escapeMarkdown(id), level)
	for _, cell := range cells {
		fmt.Fprintf(b, " %s |", cell)
	}
	b.WriteString("\n")
}

// markdownMark returns the sign of a verdict with a colour of its own, because Markdown has none.
func markdownMark(class string) string {
	return map[string]string{
		"pass": "✅", "fail": "❌", "error": "⚠️", "vacuous": "⭕", "skip": "➖", interruptedWord: "…",
	}[class]
}

// escapeMarkdown makes a text a cell of a table: one line, without marks of Markdown and HTML.
func escapeMarkdown(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "&", "&amp;", "*", "\\*", "_", "\\_", "`", "\\`",
		"[", "\\[", "]", "\\]", "~", "\\~").Replace(printable(oneLine(s)))
}
