package mutation

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Overlay writes the packages with all their mutants into dir and returns the file to give to the
// go command's flag -overlay.
func Overlay(dir string, packages []*Package) (string, error) {
	replace := map[string]string{}
	for i, p := range packages {
		for _, s := range p.sources {
			copied := filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(s.path)))
			if err := os.WriteFile(copied, s.instrumented(), 0o600); err != nil {
				return "", err
			}
			replace[s.path] = copied
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

func (s *source) instrumented() []byte { return apply(s.text, s.edits) }
