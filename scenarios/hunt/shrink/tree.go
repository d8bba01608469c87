package shrink

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds the tree of a script, which the passes change.

// node is a value of the script: a mapping, a list or a scalar.
type node struct{ *yaml.Node }

func parse(text []byte) (*node, error) {
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		return nil, fmt.Errorf("shrink: %w", err)
	}
	if document.Kind == yaml.DocumentNode {
		return &node{document.Content[0]}, nil
	}
	return &node{&document}, nil
}

func (n *node) yaml() ([]byte, error) { return script.Print(n.Node) }

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	return &node{copied(n.Node)}
}

func copied(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		out.Content[i] = copied(child)
	}
	return &out
}

func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// keys returns the keys of a mapping in order, nil of anything else.
func (n *node) keys() []string {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var keys []string
	for i := 0; i < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	return keys
}

// get returns the value of a key, nil if the mapping lacks it.
func (n *node) get(key string) *node {
	if i := slices.Index(n.keys(), key); i >= 0 {
		return &node{n.Content[2*i+1]}
	}
	return nil
}

func (n *node) set(key string, value *yaml.Node) {
	if i := slices.Index(n.keys(), key); i >= 0 {
		n.Content[2*i+1] = value
		return
	}
	n.Content = append(n.Content, scalar(key), value)
}

// remove removes a key and reports whether the mapping had it.
func (n *node) remove(key string) bool {
	i := slices.Index(n.keys(), key)
	if i < 0 {
		return false
	}
	n.Content = slices.Delete(n.Content, 2*i, 2*i+2)
	return true
}

// items returns the items of a list, nil of anything else.
func (n *node) items() []*node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]*node, len(n.Content))
	for i, child := range n.Content {
		items[i] = &node{child}
	}
	return items
}

// at returns the value at a path of keys and indexes, nil if the path leads nowhere.
func (n *node) at(path ...any) *node {
	for _, part := range path {
		switch part := part.(type) {
		case string:
			n = n.get(part)
		case int:
			items := n.items()
			if part >= len(items) {
				return nil
			}
			n = items[part]
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// paths returns the paths of all mappings at and below a path, the outer ones first.
func (n *node) paths(path ...any) [][]any {
	at := n.at(path...)
	if at == nil {
		return nil
	}
	var found [][]any
	for _, key := range at.keys() {
		found = append(found, n.paths(append(slices.Clone(path), key)...)...)
	}
	for i := range at.items() {
		found = append(found, n.paths(append(slices.Clone(path), i)...)...)
	}
	if at.Kind == yaml.MappingNode {
		found = append([][]any{path}, found...)
	}
	return found
}
