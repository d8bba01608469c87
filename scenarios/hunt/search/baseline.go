package search

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Baseline holds the signatures of known findings, the coarse and the fine ones.
type Baseline map[hunt.Signature]bool

// ReadBaseline reads the findings of earlier searches: lines of JSON as [Report.WriteFiles] writes
// them. Each line with the keys coarse and fine adds its signatures. It passes over other lines.
func ReadBaseline(r io.Reader) (Baseline, error) {
	b := Baseline{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var line struct{ Coarse, Fine hunt.Signature }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		for _, signature := range []hunt.Signature{line.Coarse, line.Fine} {
			if signature != "" {
				b[signature] = true
			}
		}
	}
	return b, lines.Err()
}

// memory is what a search knows: the baseline, and what it has found itself.
type memory struct {
	known Baseline
	// led counts how often a coarse signature led to known findings. The signature of a large
	// script names the fault that struck last, which need not be the cause.
	led map[hunt.Signature]int
}

// mostLed is how often a search shrinks scripts with a coarse signature that led to known findings.
const mostLed = 3

func newMemory(b Baseline) *memory {
	m := &memory{known: Baseline{}, led: make(map[hunt.Signature]int)}
	for signature := range b {
		m.known[signature] = true
	}
	return m
}

// hasCoarse reports whether the finding of a large script is known without shrinking the script.
func (m *memory) hasCoarse(f *hunt.Finding) bool {
	return m.known[f.Coarse()] || m.led[f.Coarse()] >= mostLed
}

// isKnown reports whether the finding that the smallest script shows is known: it has a known fine
// signature, or would have with one of its rules alone. Otherwise isKnown remembers it. large is
// the finding of the script before it was shrunk.
func (m *memory) isKnown(large, shown *hunt.Finding, s *script.Scenario) bool {
	known := m.known[fineOf(shown, s.Faults)]
	for i := range s.Faults {
		known = known || m.known[fineOf(shown, s.Faults[i:i+1])]
	}
	m.known[fineOf(shown, s.Faults)] = true
	if !known {
		m.known[shown.Coarse()] = true
	}
	if large.Coarse() != shown.Coarse() {
		m.led[large.Coarse()]++
	}
	return known
}

// amount matches a number with its unit. Three digits alone are a status.
var amount = regexp.MustCompile(`\b(\d+(\.\d+)?([a-zµ%]+|[KMG]iB|B)|\d{1,2}|\d{4,})(\b|$)`)

// fineOf returns the fine signature of a finding: its kind, the operations of its step and its
// request, and the rules of its smallest script without their amounts. Of a habit it is the coarse
// one.
func fineOf(f *hunt.Finding, rules []script.Fault) hunt.Signature {
	if f.Kind.Habit() {
		return f.Coarse()
	}
	var texts []string
	for _, r := range rules {
		text := amount.ReplaceAllString(fmt.Sprint(r.Rule.Fault), "N")
		if r.Rule.AfterUpstream {
			text += " after_upstream"
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return hunt.Signature(fmt.Sprintf("%s %s %s%s [%s]",
		f.Kind, f.StepOperation, f.Operation, f.Where, strings.Join(texts, "; ")))
}
