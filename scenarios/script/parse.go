package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// Parse reads one scenario. The filename appears in messages and gives the scenario its ID; Parse
// does not open the file. A family is a mistake, because it has several; [ParseAll] reads them.
//
// The error is an [*InputError] with every mistake of the file.
func Parse(filename string, data []byte) (*Scenario, error) {
	p := strictyaml.NewProblems(filename)
	all := parseAll(p, filename, data)
	if p.Count() == 0 && all[0].Case.Name != "" {
		c := all[0].Case
		p.Add(c.at, "name a case, as in "+filename+"@"+c.Name,
			"matrix: want one scenario, got a family of %d cases", c.Of)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return all[0], nil
}

// ParseAll reads the scenarios of a file: one, or the cases of a family in the order of the file.
// The filename appears in messages and gives the scenarios their IDs; ParseAll does not open the
// file.
//
// The error is an [*InputError] with every mistake of the file.
func ParseAll(filename string, data []byte) ([]*Scenario, error) {
	p := strictyaml.NewProblems(filename)
	all := parseAll(p, filename, data)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return all, nil
}
