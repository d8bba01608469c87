package script

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// This file reads the block `matrix` of a family: its axes, their words, and what it excludes.

// MaxCases is how many cases the axes of a family may make, before exclude.
const MaxCases = 256

// matrix is a decoded block `matrix`.
type matrix struct {
	axes  []axis
	cases [][]int // for each case the index of its word on each axis

	used map[string]bool // the axes, and AXIS.FIELD, that a placeholder has named
}

// axis has the words of which each case takes one.
type axis struct {
	name  string
	key   *yaml.Node
	words []axisWord
}

// axisWord is a word of an axis. Its value is what a placeholder with the name of the axis stands
// for; of a word in a list it is the word itself.
type axisWord struct {
	text       string
	key, value *yaml.Node
}

// The names of axes are also those of placeholders, and words are part of ids.
var (
	axisName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	caseWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
)

const (
	excludeKey = "exclude" // in a matrix it is not an axis
	matrixKey  = "matrix"
)

// readMatrix decodes the block, or returns nil and reports its mistakes.
func readMatrix(p *strictyaml.Problems, n *yaml.Node) *matrix {
	before := p.Count()
	p.CheckTree(n)
	if n.Kind != yaml.MappingNode {
		p.Add(p.SpanOf(n), "", "matrix: expected a mapping, found %s", strictyaml.Describe(n))
		return nil
	}
	m := &matrix{used: map[string]bool{}}
	var exclude *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.Value == excludeKey {
			exclude = n.Content[i+1]
		} else {
			m.axes = append(m.axes, readAxis(p, key, n.Content[i+1]))
		}
	}
	if len(m.axes) == 0 {
		p.Add(p.SpanOf(n), "write an axis as in fault: [reset, timeout]", "matrix: it has no axis")
	}
	if p.Count() == before {
		m.combine(p, n)
	}
	if p.Count() == before && exclude != nil {
		m.exclude(p, exclude)
	}
	if p.Count() > before {
		return nil
	}
	return m
}

func readAxis(p *strictyaml.Problems, key, n *yaml.Node) axis {
	a := axis{name: key.Value, key: key}
	path := strictyaml.Join(matrixKey, a.name)
	switch {
	case slices.Contains(loadPlaceholders, a.name):
		p.Add(p.SpanOf(key), "give the axis another name", "%s: ${%s} has a meaning in every file", path, a.name)
	case !axisName.MatchString(a.name):
		p.Add(p.SpanOf(key), "", "%s: the name of an axis has only a-z, 0-9 and _, a letter first", path)
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			a.words = append(a.words, axisWord{n.Content[i].Value, n.Content[i], n.Content[i+1]})
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				p.Add(p.SpanOf(item), "give the value a word, as in {"+a.name+": {word: value}}",
					"%s: expected a word, found %s", path, strictyaml.Describe(item))
				continue
			}
			a.words = append(a.words, axisWord{item.Value, item, item})
		}
	case yaml.AliasNode: // CheckTree has reported it
		return a
	default:
		p.Add(p.SpanOf(n), "", "%s: expected a list of words or a mapping of words to values, found %s", path,
			strictyaml.Describe(n))
		return a
	}
	if len(n.Content) == 0 {
		p.Add(p.SpanOf(n), "", "%s: it has no word", path)
	}
	seen := map[string]bool{}
	for _, word := range a.words {
		switch {
		case !caseWord.MatchString(word.text):
			p.Add(p.SpanOf(word.key), "the ids of the cases have it: use letters, digits, - and _",
				"%s: %q is not a word", path, strictyaml.Short(word.text))
		case seen[word.text] && n.Kind == yaml.SequenceNode: // a duplicate key is reported already
			p.Add(p.SpanOf(word.key), "", "%s: %q stands here twice", path, strictyaml.Short(word.text))
		}
		seen[word.text] = true
	}
	return a
}

// combine makes the cases, the last axis changing first.
func (m *matrix) combine(p *strictyaml.Problems, n *yaml.Node) {
	count := 1
	for _, a := range m.axes {
		if count *= len(a.words); count > MaxCases {
			p.Add(p.SpanOf(n), "split the file", "matrix: its axes make more than %d cases", MaxCases)
			return
		}
	}
	for number := range count {
		choice := make([]int, len(m.axes))
		for i, a := range slices.Backward(m.axes) {
			choice[i] = number % len(a.words)
			number /= len(a.words)
		}
		m.cases = append(m.cases, choice)
	}
}

// exclude removes the cases that an entry of the list names.
func (m *matrix) exclude(p *strictyaml.Problems, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.Add(p.SpanOf(n), "write a list as in [{fault: reset}]", "matrix.exclude: expected a list, found %s",
			strictyaml.Describe(n))
		return
	}
	for _, item := range n.Content {
		out, ok := m.excluded(p, item)
		if !ok {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(m.cases), func(choice []int) bool {
			for i, words := range out {
				if !slices.Contains(words, m.axes[i].words[choice[i]].text) {
					return false
				}
			}
			return true
		})
		if len(left) == len(m.cases) {
			p.Add(p.SpanOf(item), "", "matrix.exclude: no case is left that this excludes")
		}
		m.cases = left
	}
	if len(m.cases) == 0 {
		p.Add(p.SpanOf(n), "", "matrix.exclude: it leaves no case")
	}
}

// excluded decodes an entry of exclude: the words by the index of their axis.
func (m *matrix) excluded(p *strictyaml.Problems, n *yaml.Node) (out map[int][]string, ok bool) {
	const path = "matrix.exclude"
	if n.Kind != yaml.MappingNode {
		p.Add(p.SpanOf(n), "write the words by their axis, as in {fault: reset}",
			"%s: expected a mapping, found %s", path, strictyaml.Describe(n))
		return nil, false
	}
	if len(n.Content) == 0 {
		p.Add(p.SpanOf(n), "", "%s: it names no word", path)
		return nil, false
	}
	out, ok = map[int][]string{}, true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(m.axes, func(a axis) bool { return a.name == key.Value })
		if at < 0 {
			p.Add(p.SpanOf(key), suggest.Hint(key.Value, m.names()), "%s: the matrix has no axis %q", path,
				strictyaml.Short(key.Value))
			ok = false
			continue
		}
		words := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			words = value.Content
		}
		for _, word := range words {
			known := m.axes[at].texts()
			if word.Kind != yaml.ScalarNode || !slices.Contains(known, word.Value) {
				p.Add(p.SpanOf(word), suggest.Hint(word.Value, known), "%s: %s has no word %q", path, key.Value,
					strictyaml.Short(word.Value))
				ok = false
			}
			out[at] = append(out[at], word.Value)
		}
	}
	return out, ok
}

func (m *matrix) names() []string {
	var names []string
	for _, a := range m.axes {
		names = append(names, a.name)
	}
	return names
}

func (a axis) texts() []string {
	var texts []string
	for _, word := range a.words {
		texts = append(texts, word.text)
	}
	return texts
}

// caseName joins the words of a case. A word has no dot, so that no two cases have one name.
func (m *matrix) caseName(choice []int) string {
	return strings.Join(m.wordsOf(choice), ".")
}

func (m *matrix) wordsOf(choice []int) []string {
	var words []string
	for i, a := range m.axes {
		words = append(words, a.words[choice[i]].text)
	}
	return words
}
