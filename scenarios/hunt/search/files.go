package search

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
)

// WriteFiles writes the findings into the directory, which it creates: for each a scenario file
// that states the finding and a Go test that fails as long as the client has the flaw. The file
// findings.ndjson is a baseline for later searches.
func (r *Report) WriteFiles(dir string) error {
	if len(r.Found) == 0 {
		return nil
	}
	var all []*found.Found
	for _, f := range r.Found {
		all = append(all, f.Found)
	}
	if err := found.Write(dir, all); err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, f := range r.Found {
		if err := json.NewEncoder(&lines).Encode(f); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "findings.ndjson"), lines.Bytes(), 0o644)
}
