package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file prints the scenario file of a composed program.

// file returns the text of the scenario with the program, its files and its intents.
func (c *composed) file(s *Scenario, text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		return nil, fmt.Errorf("read the scenario: %w", err)
	}
	root := &document
	if root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	put(root, "client", c.client())
	if files := append(s.Files[:len(s.Files):len(s.Files)], c.declared()...); len(files) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, f := range files {
			list.Content = append(list.Content, fileNode(f))
		}
		put(root, "files", list)
	}
	if c.work != nil {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range c.work.intents {
			list.Content = append(list.Content, intentNode(&c.work.intents[i]))
		}
		put(root, "intent", list)
		put(root, "steps", nil)
	}
	if len(c.needs) > 0 {
		put(root, "requires", listNode(c.needs))
	}
	put(root, "clock", nil)
	return script.Print(root)
}

// declared returns the files that the scenario does not declare.
func (c *composed) declared() []script.File {
	if c.work == nil {
		return c.files
	}
	return append(c.work.files[:len(c.work.files):len(c.work.files)], c.files...)
}

// client returns the mapping of the program.
func (c *composed) client() *yaml.Node {
	run := listNode(c.argv)
	if len(c.lines) > 0 {
		run = textNode(strings.Join(c.lines, " &&\n"))
	}
	client := mapping("run", run)
	if len(c.env) > 0 {
		env := mapping()
		for _, name := range sortedKeys(c.env) {
			put(env, name, textNode(c.env[name]))
		}
		put(client, "env", env)
	}
	return client
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func fileNode(f script.File) *yaml.Node {
	if f.Content != nil {
		return mapping("path", textNode(f.Path), "content", textNode(*f.Content))
	}
	size := &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(int64(f.Size))}
	return mapping("path", textNode(f.Path), "size", size)
}

// intentNode prints an intent.
func intentNode(i *script.Intent) *yaml.Node {
	switch {
	case i.Reads != nil:
		r := i.Reads
		reads := mapping("bucket", textNode(r.Bucket), "key", textNode(r.Key), "to", textNode(r.To))
		if r.Range != nil {
			put(reads, "range", textNode(r.Range.String()))
		}
		return mapping("reads", reads)
	case i.Writes != nil:
		w := i.Writes
		return mapping("writes",
			mapping("bucket", textNode(w.Bucket), "key", textNode(w.Key), "from", textNode(w.From)))
	case i.Deletes != nil:
		return mapping("deletes", mapping("bucket", textNode(i.Deletes.Bucket), "key", textNode(i.Deletes.Key)))
	case i.Lists != nil:
		l := i.Lists
		return mapping("lists",
			mapping("bucket", textNode(l.Bucket), "prefix", textNode(l.Prefix), "stdout", textNode(l.Stdout)))
	case i.Copies != nil:
		return mapping("copies", mapping("from", locationNode(&i.Copies.From), "to", locationNode(&i.Copies.To)))
	case i.Moves != nil:
		return mapping("moves", mapping("from", locationNode(&i.Moves.From), "to", locationNode(&i.Moves.To)))
	}
	m := i.Mirrors // the intents of steps keep nothing
	mirrors := mapping("from", locationNode(&m.From), "to", locationNode(&m.To))
	if m.Delete {
		put(mirrors, "delete", &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
	}
	return mapping("mirrors", mirrors)
}

func locationNode(l *script.Location) *yaml.Node {
	switch {
	case l.Bucket == "":
		return textNode(l.File)
	case l.Prefix != nil:
		return mapping("bucket", textNode(l.Bucket), "prefix", textNode(*l.Prefix))
	}
	return mapping("bucket", textNode(l.Bucket), "key", textNode(l.Key))
}

// mapping returns a mapping of these keys and values, which alternate.
func mapping(pairs ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		put(m, pairs[i].(string), pairs[i+1].(*yaml.Node))
	}
	return m
}

// put sets a key of a mapping. A nil value removes it.
func put(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != key {
			continue
		}
		if value == nil {
			m.Content = slices.Delete(m.Content, i, i+2)
		} else {
			m.Content[i+1] = value
		}
		return
	}
	if value != nil {
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
}

func listNode(texts []string) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, text := range texts {
		list.Content = append(list.Content, textNode(text))
	}
	return list
}

// textNode returns a text, quoted if it would be read as something else.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if n.Style == yaml.LiteralStyle {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
