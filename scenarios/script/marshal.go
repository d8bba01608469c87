package script

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Marshal returns the drill of the scenario as canonical YAML: without comments and without a
// matrix, the faults as s.Faults has them, and one line for each object, step and fault. Parse
// reads the same drill from it. The error says that the scenario was not read from a file.
func (s *Scenario) Marshal() ([]byte, error) {
	plain, err := s.Plain()
	if err != nil {
		return nil, err
	}
	if plain == nil {
		return nil, errors.New("marshal: the scenario has no source: want one from Parse")
	}
	var document yaml.Node
	if err := yaml.Load(plain, &document); err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	root := &document
	if root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	if err := setFaults(root, s.Faults); err != nil {
		return nil, err
	}
	return Print(root)
}

// setFaults replaces the list of faults by these.
func setFaults(root *yaml.Node, faults []Fault) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range faults {
		var rule yaml.Node
		if err := yaml.Load([]byte(faults[i].Rule.String()), &rule); err != nil {
			return fmt.Errorf("marshal fault %d: %w", i+1, err)
		}
		list.Content = append(list.Content, rule.Content...)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "faults" {
			root.Content[i+1] = list
			return nil
		}
	}
	if len(faults) > 0 {
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "faults"}, list)
	}
	return nil
}

// Print returns a document in the canonical style: each key of the file on a line of its own, and
// each item of its lists, without comments.
func Print(root *yaml.Node) ([]byte, error) {
	plain := bare(root, 0)
	data, err := yaml.Dump(plain, yaml.WithV4Defaults(), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false))
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return data, nil
}

// bare returns a copy of a node without comments. Lists directly below the root are in block style,
// everything below them in flow style.
func bare(n *yaml.Node, depth int) *yaml.Node {
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style}
	if n.Kind != yaml.ScalarNode {
		out.Style = yaml.FlowStyle
		if depth == 0 || depth == 1 && n.Kind == yaml.SequenceNode && holdsMappings(n) {
			out.Style = 0
		}
	} else if depth > 1 {
		out.Style &= yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle // a block text cannot stand in a flow
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, bare(child, depth+1))
	}
	return out
}

func holdsMappings(n *yaml.Node) bool {
	return len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode
}
