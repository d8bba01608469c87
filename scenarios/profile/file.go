package profile

import (
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
)

// fileVersion is the version of the form in which WriteYAML writes profiles.
const fileVersion = 1

// The form of a profile in a file.
type (
	file struct {
		Profile int       `yaml:"profile"`
		Client  string    `yaml:"client"`
		Drills  int       `yaml:"drills"`
		Facts   []chapter `yaml:"facts"`
	}
	chapter struct {
		About string `yaml:"about"`
		Rows  []fact `yaml:"rows"`
	}
	fact struct {
		Name  string    `yaml:"name"`
		Value string    `yaml:"value"`
		Range []float64 `yaml:"range,omitempty,flow"` // the interval of the number
		Note  string    `yaml:"note,omitempty"`
	}
)

// WriteYAML writes the facts as YAML, which [Parse] reads.
func (p *Profile) WriteYAML(w io.Writer) error {
	f := file{Profile: fileVersion, Client: p.Client, Drills: p.Drills}
	for _, s := range p.Sections {
		c := chapter{About: s.Name}
		for _, r := range s.Rows {
			entry := fact{Name: r.Name, Value: r.Value, Note: r.Note}
			if r.Low != 0 || r.High != 0 {
				entry.Range = []float64{r.Low, r.High}
			}
			c.Rows = append(c.Rows, entry)
		}
		f.Facts = append(f.Facts, c)
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(f), encoder.Close())
}

// Parse reads the profile that WriteYAML wrote. It has no Schedules. The error names the file.
func Parse(filename string, data []byte) (*Profile, error) {
	var f file
	if err := yaml.Load(data, &f, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("%s: not a profile: %w", filename, err)
	}
	if f.Profile != fileVersion {
		return nil, fmt.Errorf("%s: profile: %d: want %d", filename, f.Profile, fileVersion)
	}
	p := &Profile{Client: f.Client, Drills: f.Drills}
	for _, c := range f.Facts {
		s := Section{Name: c.About}
		for _, e := range c.Rows {
			r := Row{Name: e.Name, Value: e.Value, Note: e.Note}
			switch {
			case len(e.Range) == 2 && e.Range[0] <= e.Range[1]:
				r.Low, r.High = e.Range[0], e.Range[1]
			case len(e.Range) != 0:
				return nil, fmt.Errorf("%s: %s: %s: range: want two numbers, the lower one first",
					filename, s.Name, r.Name)
			}
			s.Rows = append(s.Rows, r)
		}
		p.Sections = append(p.Sections, s)
	}
	return p, nil
}
