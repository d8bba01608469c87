package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// This file collects the matrix of clients and scenarios, for html, markdown and the summary of
// github. It keeps a few words of each drill.

const interruptedWord = "interrupted"

// verdictWords are the words of a cell, the worst first.
var verdictWords = []string{
	string(scenarios.Fail), string(scenarios.Error), string(scenarios.Vacuous), interruptedWord, string(scenarios.Pass),
	string(scenarios.Skip),
}

// class returns the word of a result's cell: its verdict, or interrupted.
func class(r *scenarios.Result) string {
	if r.Interrupted() {
		return interruptedWord
	}
	return string(r.Verdict)
}

// mark returns the sign of a verdict in the matrix, because colours alone do not tell enough.
func mark(class string) string {
	return map[string]string{
		"pass": "✓", "fail": "✗", "error": "!", "vacuous": "○", "skip": "–", interruptedWord: "…",
	}[class]
}

// A matrix has a row for each scenario and a column for each client.
type matrix struct {
	Clients []matrixClient
	Rows    []*matrixRow

	rows    map[string]*matrixRow
	anchors map[string]bool
}

type matrixClient struct{ Name, Version string }

type matrixRow struct {
	Anchor, ID, Name, Level, Folder string
	cells                           []matrixCell // by column; may be shorter than the columns
}

// A matrixCell is what one client did in one scenario. With several seeds it shows the worst.
type matrixCell struct {
	Anchor, Class, Mark, Label string
	Share                      string // "9/10": how many drills of several passed
	drills, passed             int
}

// A matrixFolder is the rows of one folder of scenarios.
type matrixFolder struct {
	Name, Summary string
	Rows          []matrixFolderRow
}

type matrixFolderRow struct {
	*matrixRow
	Cells []matrixCell // one for each column
}

// add puts a result into its cell and returns the fragment that names its drill.
func (m *matrix) add(r *scenarios.Result) (anchor string) {
	if m.rows == nil {
		m.rows, m.anchors = make(map[string]*matrixRow), make(map[string]bool)
	}
	column := m.column(r)
	row := m.row(r)
	for len(row.cells) <= column {
		row.cells = append(row.cells, matrixCell{})
	}
	anchor = row.Anchor + "~" + fragment(r.Client)
	if m.anchors[anchor] {
		anchor += fmt.Sprintf("~%d", r.Seed)
	}
	anchor = m.unique(anchor)

	cell := &row.cells[column]
	cell.drills++
	if r.Verdict == scenarios.Pass {
		cell.passed++
	}
	if word := class(r); cell.Class == "" ||
		slices.Index(verdictWords, word) < slices.Index(verdictWords, cell.Class) {
		cell.Anchor, cell.Class, cell.Mark = anchor, word, mark(word)
	}
	cell.Label = fmt.Sprintf("%s: %s with %s", cell.Class, row.ID, m.Clients[column].Name)
	if cell.drills > 1 {
		cell.Share = fmt.Sprintf("%d/%d", cell.passed, cell.drills)
		cell.Label += fmt.Sprintf(", %d of %d passed", cell.passed, cell.drills)
	}
	return anchor
}

func (m *matrix) column(r *scenarios.Result) int {
	client := matrixClient{printable(r.Client), printable(r.ClientVersion)}
	i := slices.IndexFunc(m.Clients, func(c matrixClient) bool { return c.Name == client.Name })
	if i < 0 {
		m.Clients = append(m.Clients, client)
		return len(m.Clients) - 1
	}
	if m.Clients[i].Version == "" {
		m.Clients[i].Version = client.Version
	}
	return i
}

func (m *matrix) row(r *scenarios.Result) *matrixRow {
	key := name(r) + "\x00" + r.File
	row := m.rows[key]
	if row == nil {
		row = &matrixRow{
			Anchor: m.unique(fragment(name(r))), ID: printable(name(r)), Level: string(cmp.Or(r.Level, r.FileLevel)),
		}
		if r.Name != name(r) {
			row.Name = printable(r.Name)
		}
		row.Folder = "scenarios"
		if i := strings.LastIndexByte(row.ID, '/'); i > 0 {
			row.Folder = row.ID[:i]
		}
		m.rows[key] = row
		m.Rows = append(m.Rows, row)
	}
	return row
}

// Folders returns the rows by folder, in the order of their first row.
func (m *matrix) Folders() []matrixFolder {
	var folders []matrixFolder
	of := make(map[string]int)
	counts := make(map[string]map[string]int)
	for _, row := range m.Rows {
		i, known := of[row.Folder]
		if !known {
			i = len(folders)
			of[row.Folder] = i
			folders = append(folders, matrixFolder{Name: row.Folder})
			counts[row.Folder] = make(map[string]int)
		}
		cells := make([]matrixCell, len(m.Clients))
		copy(cells, row.cells)
		for _, c := range cells {
			if c.Class != "" {
				counts[row.Folder][c.Class]++
			}
		}
		folders[i].Rows = append(folders[i].Rows, matrixFolderRow{row, cells})
	}
	for i, f := range folders {
		var parts []string
		for _, word := range verdictWords {
			if n := counts[f.Name][word]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, word))
			}
		}
		folders[i].Summary = strings.Join(parts, ", ")
	}
	return folders
}

// unique returns the fragment, with a number behind it if another drill or row has it.
func (m *matrix) unique(anchor string) string {
	free := anchor
	for n := 2; m.anchors[free]; n++ {
		free = fmt.Sprintf("%s~%d", anchor, n)
	}
	m.anchors[free] = true
	return free
}

// fragment returns a name as a fragment of a URL that needs no escaping. Other characters are
// replaced by an underscore. The prefix keeps it apart from the ids of the page.
func fragment(name string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)), strings.ContainsRune("-._/@", c):
			return c
		}
		return '_'
	}, name)
	if slices.Contains([]string{"", "matrix", "failures", "drills", "text", "client", "verdict", "shown"}, clean) {
		return "_" + clean
	}
	return clean
}

// printable escapes control characters and those that change the direction of text.
func printable(s string) string { return evidence.Visible(s) }
