package strictyaml

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// CheckTree reports what YAML has and this format has not: anchors, aliases, merge keys, tags, keys
// that are not text, and keys given twice. A scenario says what it means where it stands, for
// whoever reads it during an outage.
func (p *Problems) CheckTree(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		p.Add(Span{Place: PlaceOf(n), width: 1 + len([]rune(n.Value))}, "write the value out",
			"aliases are not part of this format")
		return
	}
	if n.Anchor != "" {
		p.Add(Span{Place: PlaceOf(n), width: 1 + len([]rune(n.Anchor))}, "write the value out where it is needed",
			"anchors are not part of this format")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		p.Add(Span{Place: PlaceOf(n), width: len(n.Tag)}, "", "tags such as %s are not part of this format",
			Short(n.Tag))
	}
	if n.Kind == yaml.MappingNode {
		p.checkKeys(n)
		return
	}
	for _, child := range n.Content {
		p.CheckTree(child)
	}
}

func (p *Problems) checkKeys(n *yaml.Node) {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch at := p.SpanOf(key); {
		case key.Kind == yaml.AliasNode, key.Anchor != "", key.Style&yaml.TaggedStyle != 0:
			p.CheckTree(key)
		case key.Kind != yaml.ScalarNode:
			p.Add(at, "", "a key is %s; keys are text", Describe(key))
		case key.ShortTag() == "!!merge":
			p.Add(at, "write the keys out", "merge keys are not part of this format")
		case key.ShortTag() == "!!null":
			p.Add(at, "", "a value has no key")
		case first[key.Value] != nil:
			p.Add(at, fmt.Sprintf("it stands on line %d already", first[key.Value].Line), "duplicate key %q",
				Short(key.Value))
		default:
			first[key.Value] = key
		}
		p.CheckTree(value)
	}
}
