package scenarios

import "bytes"

// Parse reads one scenario. The filename is for messages and names the
// scenario; nothing is read from it.
//
// The error is an [*InputError] with every mistake of the file.
func Parse(filename string, data []byte) (*Scenario, error) {
	p := newProblems(filename)
	s := &Scenario{File: filename, ID: idOf(filename), Source: bytes.TrimPrefix(data, []byte("\ufeff"))}
	if Read(p, data, s, &format) {
		s.fillDefaults()
		s.validate(p)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	s.Warnings = p.warned()
	return s, nil
}
