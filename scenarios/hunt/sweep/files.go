package sweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// WriteFiles writes a scenario file for each finding into the directory, which it creates. The file
// states the finding, so that `chaos run FILE` passes as long as the client has the flaw. For a
// program the run fails, because a file cannot declare one as its client.
func (r *Report) WriteFiles(ctx context.Context, dir string, p *hunt.Player) error {
	if len(r.Found) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	taken := make(map[string]bool)
	for _, f := range r.Found {
		name := fileName(f)
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s-%d", fileName(f), n)
		}
		taken[name] = true
		f.File = filepath.Join(dir, name+".yaml")
		text := f.Drill.stated(f)
		if err := os.WriteFile(f.File, text, 0o644); err != nil {
			return err
		}
		f.Note = check(ctx, f.File, text, p)
	}
	return nil
}

// fileName returns a name for the file of a finding: its workload and its signature.
func fileName(f *Found) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" {}:,/\\\"", c) {
			return '-'
		}
		return c
	}, f.Drill.Workload+" "+string(f.Coarse()))
}

// stated returns the file of a drill, with its name and with what the client does wrong.
func (d *Drill) stated(f *Found) []byte {
	var violates []string
	for _, other := range d.Findings {
		if k := string(other.Kind); other.Kind.Oracle() && !slices.Contains(violates, k) {
			violates = append(violates, k)
		}
	}
	expect := []string{"outcome: any"}
	if len(violates) > 0 {
		expect = append(expect, "violates: ["+strings.Join(violates, ", ")+"]")
	}
	if !f.Kind.Oracle() && d.Result != nil {
		expect = append(expect, fmt.Sprintf("sends: %d", d.Result.Sends))
	}
	text := with(d.text, "expect", "{"+strings.Join(expect, ", ")+"}")
	text = with(text, "name", fmt.Sprintf("%q", string(f.Coarse())))
	return fmt.Appendf(nil, "# %s: %s\n%s", f.Kind, strings.ReplaceAll(f.Sentence, "\n", "\n# "), text)
}

// check returns why the file does not pass with its own client, or "".
func check(ctx context.Context, name string, text []byte, p *hunt.Player) string {
	if p.Program() {
		return "play it with --client " + p.Client
	}
	s, err := script.Parse(name, text)
	if err != nil {
		return err.Error()
	}
	r := scenarios.Run(ctx, s, scenarios.Options{NewClient: p.New})
	if r.Verdict != scenarios.Pass {
		return fmt.Sprintf("%s: %v", r.Verdict, r.Reasons)
	}
	return ""
}
