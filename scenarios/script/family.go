package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// This file reads families: files with a `matrix`, whose cases are scenarios of their own.

// Case is one case of a family. The zero Case is that of a file without a matrix.
type Case struct {
	Name   string   // the words joined by dots: "upload.reset"
	Words  []string // one of each axis, in the order of the file
	Number int      // from 1, in the order of the file without the excluded cases
	Of     int      // how many cases the family has

	document *yaml.Node
	at       strictyaml.Span // of the matrix
}

// decodeCase reports a second `matrix`: the first is replaced by its cases before the file is
// decoded.
func (*Case) decodeCase(d *strictyaml.Decoder, n *yaml.Node, _ string) bool {
	d.Add(d.SpanOf(n), "a file has one matrix", "duplicate key %q", matrixKey)
	return false
}

// parseAll reads the scenarios of a file, and p takes its mistakes.
func parseAll(p *strictyaml.Problems, filename string, data []byte) []*Scenario {
	root := strictyaml.Open(p, data, &format)
	if root == nil {
		return nil
	}
	source := bytes.TrimPrefix(data, []byte("\ufeff"))
	block := fieldOf(root, matrixKey)
	if block == nil {
		return []*Scenario{fill(p, root, filename, source, Case{})}
	}
	m := readMatrix(p, block)
	if m == nil {
		return nil
	}
	documents := m.documents(p, root)
	if documents == nil {
		return nil
	}
	all := make([]*Scenario, len(documents))
	readings := make([]*strictyaml.Problems, len(documents))
	warned := map[strictyaml.Problem]bool{}
	for i, document := range documents {
		readings[i] = p.Fork()
		c := Case{
			Name: m.caseName(m.cases[i]), Words: m.wordsOf(m.cases[i]), Number: i + 1, Of: len(documents),
			document: document, at: p.SpanOf(block),
		}
		all[i] = fill(readings[i], document, filename, source, c)
		for _, w := range readings[i].Warnings() {
			if !warned[w] { // most cases share the warnings of the file
				warned[w] = true
				all[i].Warnings = append(all[i].Warnings, w)
			}
		}
	}
	p.Gather(readings, func(in []int) string {
		if len(in) == 1 {
			return fmt.Sprintf(" (case %s)", all[in[0]].Case.Name)
		}
		return fmt.Sprintf(" (%d cases, such as %s)", len(in), all[in[0]].Case.Name)
	})
	return all
}

// documents returns the document of each case, or nil if there are mistakes.
func (m *matrix) documents(p *strictyaml.Problems, root *yaml.Node) []*yaml.Node {
	readings := make([]*strictyaml.Problems, len(m.cases))
	documents := make([]*yaml.Node, len(m.cases))
	before := p.Count()
	for i, choice := range m.cases {
		readings[i] = p.Fork()
		documents[i] = (&expander{Problems: readings[i], m: m, choice: choice}).document(root)
	}
	p.Gather(readings, func([]int) string { return "" })
	m.unused(p)
	if p.Count() > before {
		return nil
	}
	return documents
}

// fill decodes and checks one scenario.
func fill(p *strictyaml.Problems, root *yaml.Node, filename string, source []byte, c Case) *Scenario {
	s := &Scenario{File: filename, ID: idOf(filename), Source: source}
	if strictyaml.Fill(p, root, s, &format) {
		s.fillDefaults()
		if c.Name != "" {
			s.asCase(c)
		}
		s.validate(p)
	}
	if c.Name == "" {
		s.Warnings = p.Warnings()
	}
	return s
}

// asCase gives a scenario the id, the name and the seed of its case.
func (s *Scenario) asCase(c Case) {
	s.Case = c
	s.ID += "@" + c.Name
	s.Name += " (" + strings.Join(c.Words, ", ") + ")"
	s.Seed = CaseSeed(s.Seed, c.Name)
}

// Family returns the id of the scenario's file: that of the family, where it is a case.
func (s *Scenario) Family() string {
	if s.Case.Name == "" {
		return s.ID
	}
	return strings.TrimSuffix(s.ID, "@"+s.Case.Name)
}

// FamilyName returns the name that the file has. Name is that of the case.
func (s *Scenario) FamilyName() string {
	if s.Case.Name == "" {
		return s.Name
	}
	return strings.TrimSuffix(s.Name, " ("+strings.Join(s.Case.Words, ", ")+")")
}

// CaseSeed returns the seed of a case: the first four bytes, big-endian, of the SHA-256 of the
// file's seed, an @ and the case's name, as in "1@upload.reset". A case keeps it when the family
// gets or loses other cases.
func CaseSeed(seed uint64, name string) uint64 {
	sum := sha256.Sum256([]byte(strconv.FormatUint(seed, 10) + "@" + name))
	return uint64(binary.BigEndian.Uint32(sum[:]))
}

// Plain returns the scenario as a file without a matrix, with the seed of the case: the same drill.
// For a scenario from a file without a matrix, Plain returns Source.
func (s *Scenario) Plain() ([]byte, error) {
	if s.Case.document == nil {
		return s.Source, nil
	}
	plain := *s.Case.document
	plain.Content = nil
	for i := 0; i+1 < len(s.Case.document.Content); i += 2 {
		key, value := s.Case.document.Content[i], s.Case.document.Content[i+1]
		switch key.Value {
		case "seed":
			continue
		case "name":
			plain.Content = append(plain.Content, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s.Name},
				&yaml.Node{Kind: yaml.ScalarNode, Value: "seed"},
				&yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatUint(s.Seed, 10)})
			continue
		}
		plain.Content = append(plain.Content, key, value)
	}
	return yaml.Dump(&plain, yaml.WithIndent(2))
}
