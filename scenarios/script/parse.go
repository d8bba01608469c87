package script

import (
	"bytes"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Parse reads one scenario. The filename appears in messages and gives the scenario its ID; Parse
// does not open the file.
//
// The error is an [*InputError] with every mistake of the file.
func Parse(filename string, data []byte) (*Scenario, error) {
	p := strictyaml.NewProblems(filename)
	s := &Scenario{File: filename, ID: idOf(filename), Source: bytes.TrimPrefix(data, []byte("\ufeff"))}
	if strictyaml.Read(p, data, s, &format) {
		s.fillDefaults()
		s.validate(p)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	s.Warnings = p.Warnings()
	return s, nil
}
