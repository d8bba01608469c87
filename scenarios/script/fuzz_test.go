package script_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Parse does not panic on any file. Every mistake has a place, and an accepted scenario is valid.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../../testdata/malformed/*.yaml", "../catalog/*/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := script.ParseAll("fuzz.yaml", data)
		if err == nil {
			for _, s := range all {
				understood(t, s)
			}
			return
		}
		var input *script.InputError
		if !errors.As(err, &input) || len(input.Problems) == 0 || all != nil {
			t.Fatalf("%v, with %v", err, all)
		}
		lines := 1 + strings.Count(strings.ReplaceAll(string(data), "\r", "\n"), "\n")
		for i, p := range input.Problems {
			if p.Line == 0 && i == 100 {
				continue // the count of further mistakes
			}
			if p.File == "" || p.Line < 1 || p.Line > lines || p.Column < 1 || p.Message == "" ||
				strings.Contains(p.Message, "\n") {
				t.Fatalf("a mistake without a place: %+v", p)
			}
		}
	})
}

func understood(t *testing.T, s *script.Scenario) {
	if s.Version != 1 || strings.TrimSpace(s.Name) == "" || s.Timeout <= 0 || s.Clock == "" {
		t.Fatalf("accepted: %+v", s)
	}
	for _, rule := range s.Rules() {
		if err := rule.Validate(); err != nil {
			t.Fatalf("accepted: %v: %v", rule, err)
		}
	}
	s.EachStep(func(step *script.Step) {
		if step.Operation() == "" || step.ID == "" {
			t.Fatalf("accepted: %+v", step)
		}
	})
}
