package gen

import (
	"fmt"
	"strconv"
	"strings"
)

// Map is a YAML mapping that keeps the order of its keys. A value is a Map, a List, or a scalar.
type Map []Field

// Field is a key of a Map with its value.
type Field struct {
	Key   string
	Value any
}

// List is a YAML sequence.
type List []any

// Get returns the value of a key, nil if the map lacks it.
func (m Map) Get(key string) any {
	for _, f := range m {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// Script is a scenario in parts. A search for the smallest failing script can leave out single
// elements of its lists.
type Script struct {
	Name    string
	Seed    uint64
	Timeout string // empty: the default
	Objects []Map
	Files   []Map
	Server  Map // empty: the default
	Client  Map
	Steps   []Map
	Rules   []Map
}

// YAML returns the script as a scenario file.
func (s *Script) YAML() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nname: %s\nseed: %d\n", s.Name, s.Seed)
	if s.Timeout != "" {
		b.WriteString("timeout: " + s.Timeout + "\n")
	}
	list(&b, "objects", s.Objects)
	list(&b, "files", s.Files)
	if len(s.Server) > 0 {
		fmt.Fprintf(&b, "server: %s\n", text(s.Server))
	}
	fmt.Fprintf(&b, "client: %s\n", text(s.Client))
	list(&b, "steps", s.Steps)
	list(&b, "faults", s.Rules)
	b.WriteString("expect: {outcome: any}\n")
	return []byte(b.String())
}

func list(b *strings.Builder, key string, items []Map) {
	if len(items) == 0 {
		return
	}
	b.WriteString(key + ":\n")
	for _, item := range items {
		b.WriteString("  - " + text(item) + "\n")
	}
}

// text writes a value in YAML's flow style.
func text(value any) string {
	switch v := value.(type) {
	case Map:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = f.Key + ": " + text(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case List:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = text(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if strings.ContainsAny(v, "*?[]{},:#\"' ") || v == "" {
			return strconv.Quote(v)
		}
		return v
	}
	return fmt.Sprint(value)
}
