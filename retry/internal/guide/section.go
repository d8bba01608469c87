package guide

import (
	"fmt"
	"regexp"
	"strings"
)

// A generated section of the guide stands between
//
//	<!-- generated: NAME -->
//	<!-- /generated -->
var marker = regexp.MustCompile(`(?s)(<!-- generated: ([^>]*?) -->\n)(.*?)(<!-- /generated -->)`)

// fill replaces the text of every generated section by what content says, and tells of every
// section that content does not know.
func fill(document string, content func(name string) (string, error)) (string, error) {
	var problems []string
	filled := marker.ReplaceAllStringFunc(document, func(section string) string {
		parts := marker.FindStringSubmatch(section)
		text, err := content(parts[2])
		if err != nil {
			problems = append(problems, fmt.Sprintf("section %q: %v", parts[2], err))
			return section
		}
		return parts[1] + strings.TrimRight(text, "\n") + "\n" + parts[4]
	})
	if open, closed := strings.Count(document, "<!-- generated:"), strings.Count(document,
		"<!-- /generated -->"); open != closed {
		problems = append(problems, fmt.Sprintf("%d sections are opened, %d closed", open, closed))
	}
	if len(problems) > 0 {
		return "", fmt.Errorf("guide: %s", strings.Join(problems, "; "))
	}
	return filled, nil
}

// table writes rows as Markdown; the first is the head.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}

// fenced wraps text as a block of language.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}
