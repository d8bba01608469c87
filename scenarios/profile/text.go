package profile

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes the profile as a table for people.
func (p *Profile) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s, from %d drills\n", p.Client, p.Drills); err != nil {
		return err
	}
	for i, s := range p.Sections {
		if _, err := fmt.Fprintf(w, "\n%s\n", s.Name); err != nil {
			return err
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		rows := s.folded()
		if other := p.alike(i); other != "" {
			rows = []Row{{Name: "as after " + other}}
		}
		for _, r := range rows {
			var line strings.Builder
			line.WriteString("  " + r.Name)
			for _, cell := range []string{r.Value, r.Note} {
				if cell != "" {
					line.WriteString("\t" + cell)
				}
			}
			fmt.Fprintln(table, line.String())
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// alike returns the class of failures of an earlier section about waits with the same facts as the
// i-th section; "" without such a section.
func (p *Profile) alike(i int) string {
	if !strings.HasPrefix(p.Sections[i].Name, waitsAfter) {
		return ""
	}
	for _, s := range p.Sections[:i] {
		if class, ok := strings.CutPrefix(s.Name, waitsAfter); ok && slices.Equal(s.Rows, p.Sections[i].Rows) {
			return class
		}
	}
	return ""
}

// folded returns the rows of a section as people read them: failures with the same number of
// attempts in one row, and both edges of a window in one row.
func (s *Section) folded() []Row {
	if strings.HasPrefix(s.Name, attemptsOf) {
		return foldedAttempts(s.Rows)
	}
	var rows []Row
	for _, r := range s.Rows {
		name, upper := strings.CutSuffix(r.Name, atMost)
		if last := len(rows) - 1; upper && last >= 0 && rows[last].Name == name+atLeast {
			if rows[last].Name = name; rows[last].Value != r.Value {
				rows[last].Value += " to " + r.Value
			}
			rows[last].Note = r.Note
			continue
		}
		rows = append(rows, r)
	}
	return rows
}

// foldedAttempts returns a row for each number of attempts, with the failures that it is for.
func foldedAttempts(all []Row) []Row {
	var rows []Row
	for _, r := range all {
		r.Name, r.Value = r.Value, r.Name
		same := func(other Row) bool { return other.Name == r.Name && other.Note == r.Note }
		if i := slices.IndexFunc(rows, same); i >= 0 {
			rows[i].Value += "; " + r.Value
		} else {
			rows = append(rows, r)
		}
	}
	return wrapped(rows)
}

// wrapped breaks long lists of failures: the rest of a list follows in rows without a name.
func wrapped(rows []Row) []Row {
	const width = 84
	var all []Row
	for _, r := range rows {
		for rest := r.Value; rest != ""; r = (Row{}) {
			end := len(rest)
			if end > width {
				end = strings.LastIndex(rest[:width], "; ") + len("; ")
			}
			r.Value, rest = strings.TrimSpace(rest[:end]), rest[end:]
			all = append(all, r)
		}
	}
	return all
}
