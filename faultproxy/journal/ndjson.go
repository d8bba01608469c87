package journal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// WriteNDJSON writes all records kept as JSON, one object a line, in the order of Records. Its
// error wraps that of w.
func (j *Journal) WriteNDJSON(w io.Writer) error { return WriteNDJSON(w, j.Records()) }

// WriteNDJSON writes records as JSON, one object a line. Its error wraps that of w.
func WriteNDJSON(w io.Writer, records []Record) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, r := range records {
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}
