package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// comparison writes one Markdown page that compares clients: a table of the drills of the suite by
// client, and each failed must with the command that plays it again. The page states what was
// measured.
type comparison struct {
	w       io.Writer
	options Options
	clients []string // in the order of the run
	version map[string]string
	drills  []string // ids in the order of the run
	level   map[string]script.Level
	cells   map[comparedCell]*scenarios.Result
}

// A comparedCell is one drill with one client.
type comparedCell struct{ drill, client string }

func newComparison(w io.Writer, o Options) Writer {
	return &comparison{
		w: w, options: o, version: make(map[string]string), level: make(map[string]script.Level),
		cells: make(map[comparedCell]*scenarios.Result),
	}
}

// Drill keeps what the page shows of a result. Drills outside the suite are not on the page.
func (m *comparison) Drill(r *scenarios.Result) error {
	if r.Suite == 0 {
		return nil
	}
	if !slices.Contains(m.clients, r.Client) {
		m.clients = append(m.clients, r.Client)
	}
	if !slices.Contains(m.drills, r.ID) {
		m.drills = append(m.drills, r.ID)
	}
	if r.Level != "" {
		m.level[r.ID] = r.Level
	}
	m.version[r.Client] = r.ClientVersion
	if r.Quick {
		m.version[r.Client] = strings.TrimSpace(r.ClientVersion + " (back-off shortened)")
	}
	kept := *r
	kept.Journal, kept.Groups = nil, nil
	m.cells[comparedCell{r.ID, r.Client}] = &kept
	return nil
}

const comparisonLegend = `| cell | meaning |
|---|---|
| ✓ 3 | the client met the drill, with 3 requests |
| ✗ 3 | it broke a must: see below |
| ! 3 | it missed a should |
| i 3 | it does otherwise, which is for information only |
| k 3 | it failed in a way that is known |
| – | skipped: the client has no such step, or the drill takes minutes, or there was no time |
| ? | not judged: the client fails without faults, no fault struck it, or the machine was too slow |
`

func (m *comparison) Close() error {
	var b strings.Builder
	b.WriteString("# S3 clients against the suite\n\n")
	fmt.Fprintf(&b, "Suite %d. Made by `make matrix`%s. ", scenarios.SuiteVersion, m.made())
	b.WriteString("Each row is a drill that `chaos show ID` prints: a workload, the faults,\n" +
		"and what any client owes, with its source. The numbers are requests on the wire.\n\n## Clients\n\n")
	b.WriteString("| client | version | met | broke a must | missed a should | skipped | not judged |\n" +
		"|---|---|---|---|---|---|---|\n")
	for _, client := range m.clients {
		m.clientRow(&b, client)
	}
	b.WriteString("\n## Drills\n\n" + comparisonLegend + "\n")
	tableHead(&b, "drill", "---", m.clients)
	for _, drill := range m.drills {
		m.drillRow(&b, drill)
	}
	m.measured(&b)
	m.unjudged(&b)
	m.failures(&b)
	_, err := io.WriteString(m.w, b.String())
	return err
}

// made says when and with which version the page was made.
func (m *comparison) made() string {
	text := ""
	if !m.options.Started.IsZero() {
		text += " on " + m.options.Started.UTC().Format(time.DateOnly)
	}
	if m.options.Version != "" {
		text += " with s3chaos " + m.options.Version
	}
	return text
}

func (m *comparison) clientRow(b *strings.Builder, client string) {
	counts := make(map[string]int)
	for _, drill := range m.drills {
		counts[m.sign(drill, client)]++
	}
	fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %d | %d |\n", escapeMarkdown(client), escapeMarkdown(m.version[client]),
		counts["✓"], counts["✗"], counts["!"], counts[unplayedSign], counts[unjudgedSign])
}

func (m *comparison) drillRow(b *strings.Builder, drill string) {
	var cells []string
	for _, client := range m.clients {
		sign := m.sign(drill, client)
		if sign != unplayedSign && sign != unjudgedSign {
			sign += fmt.Sprintf(" %d", m.cells[comparedCell{drill, client}].Sends)
		}
		cells = append(cells, sign)
	}
	tableRow(b, drill, string(m.level[drill]), cells)
}

// The signs of cells without a verdict.
const (
	unplayedSign = "–"
	unjudgedSign = "?"
)

// sign returns the sign of a cell, as the legend explains it.
func (m *comparison) sign(drill, client string) string {
	r := m.cells[comparedCell{drill, client}]
	switch {
	case r == nil || r.Verdict == scenarios.Skip:
		return unplayedSign
	case r.Verdict == scenarios.Error || r.Verdict == scenarios.Vacuous:
		return unjudgedSign
	case r.Verdict == scenarios.Pass:
		return "✓"
	case r.Known != nil:
		return "k"
	case r.Level == script.Should:
		return "!"
	case r.Level == script.Info:
		return "i"
	}
	return "✗"
}

// failures lists each failed must, by client, with the command that plays it again.
func (m *comparison) failures(b *strings.Builder) {
	b.WriteString("\n## Failed musts\n\n" +
		"Each line under a drill says what was measured, and the last how to play it again. The file below it is\n" +
		"the same drill, to play with `chaos run FILE --client NAME`, whatever the catalog becomes.\n")
	for _, client := range m.clients {
		for _, drill := range m.drills {
			r := m.cells[comparedCell{drill, client}]
			if m.sign(drill, client) != "✗" {
				continue
			}
			fmt.Fprintf(b, "\n### %s: %s\n\n```\n", client, drill)
			for _, reason := range r.Reasons {
				text, _, _ := strings.Cut(reason.String(), "\n")
				fmt.Fprintf(b, "%s\n", strings.Map(plain, text))
			}
			fmt.Fprintf(b, "%s\n```\n\n[%s.yaml](replay/%[2]s.yaml)\n", r.Replay, drill)
		}
	}
}
