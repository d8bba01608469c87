package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file lists the cells of a comparison that have no verdict, with the reason of each.

// unjudged writes a line for each client and reason, with its drills.
func (m *comparison) unjudged(b *strings.Builder) {
	b.WriteString("\n## Cells without a verdict\n\n| client | reason | drills |\n|---|---|---|\n")
	for _, client := range m.clients {
		var reasons []string
		drills := make(map[string][]string)
		for _, drill := range m.drills {
			if sign := m.sign(drill, client); sign != unplayedSign && sign != unjudgedSign {
				continue
			}
			why := whyWithoutVerdict(m.cells[comparedCell{drill, client}])
			if !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
			drills[why] = append(drills[why], drill)
		}
		for _, why := range reasons {
			fmt.Fprintf(b, "| %s | %s | %s |\n", escapeMarkdown(client), escapeMarkdown(why), folded(drills[why]))
		}
	}
}

// ofStep begins the reason of a skip that is about one step.
var ofStep = regexp.MustCompile(`^(step [0-9.]+: )?(skip: )?(step [0-9.]+: )?`)

// whyWithoutVerdict returns the reason in words that are the same for all drills with that reason.
func whyWithoutVerdict(r *scenarios.Result) string {
	switch {
	case r == nil:
		return "the run did not play it"
	case r.Unfit:
		return "the run had no time left"
	case r.Verdict == scenarios.Vacuous:
		return "no fault struck the client"
	case len(r.Reasons) == 0:
		return string(r.Verdict)
	case has(r, "machine too slow"):
		return "the machine was too slow"
	}
	text, _, _ := strings.Cut(r.Reasons[0].String(), "\n")
	return strings.Map(plain, ofStep.ReplaceAllString(text, ""))
}

// folded returns ids in a short form: the cases of a family as their number.
func folded(ids []string) string {
	var families []string
	cases := make(map[string]int)
	for _, id := range ids {
		family, _, isCase := strings.Cut(id, "@")
		if !slices.Contains(families, family) {
			families = append(families, family)
		}
		if isCase {
			cases[family]++
		}
	}
	for i, family := range families {
		if n := cases[family]; n > 0 {
			families[i] += fmt.Sprintf(" (%d)", n)
		}
	}
	return strings.Join(families, ", ")
}
