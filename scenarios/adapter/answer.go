package adapter

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// This file reads what a program printed.

// KeysIn returns the keys that a list step printed. A name without the prefix is relative to it.
func (s *Step) KeysIn(stdout, prefix string) ([]string, error) {
	keys, err := textsIn(stdout, s.Keys)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	for i, key := range keys {
		if !strings.HasPrefix(key, prefix) {
			keys[i] = prefix + key
		}
	}
	return keys, nil
}

// SizeIn returns the size that a stat step printed.
func (s *Step) SizeIn(stdout string) (int64, error) {
	texts, err := textsIn(strings.TrimSpace(stdout), strings.Replace(s.Size, "text", "lines", 1))
	if err != nil {
		return 0, fmt.Errorf("read the size: %w", err)
	}
	if len(texts) != 1 {
		return 0, fmt.Errorf("read the size: the program printed %d sizes, want 1", len(texts))
	}
	size, err := strconv.ParseInt(texts[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the size: %q: want a number of bytes", texts[0])
	}
	return size, nil
}

// textsIn returns the lines of an output, or the texts at a path in its documents. A path looks
// like "Contents[].Key" in JSON and like "Contents.Key" in XML, below the root.
func textsIn(output, how string) ([]string, error) {
	kind, path, _ := strings.Cut(how, " ")
	switch kind {
	case "json":
		return jsonTexts(output, steps(path))
	case "xml":
		return xmlTexts(output, steps(path))
	}
	var lines []string
	for line := range strings.Lines(output) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func steps(path string) []string {
	path = strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."), "[*]", "[]")
	var steps []string
	for step := range strings.SplitSeq(strings.ReplaceAll(path, "[]", ".[]"), ".") {
		if step != "" {
			steps = append(steps, step)
		}
	}
	return steps
}

// jsonTexts reads one document or several. No output at all is an empty list: that is how aws and
// others print it.
func jsonTexts(output string, path []string) (texts []string, err error) {
	for decoder := json.NewDecoder(strings.NewReader(output)); ; {
		var document any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			return nil, fmt.Errorf("the output is not JSON: %w", err)
		}
		texts = append(texts, follow(document, path)...)
	}
}

func follow(value any, path []string) (texts []string) {
	if list, ok := value.([]any); ok {
		if len(path) > 0 && path[0] == "[]" {
			path = path[1:]
		}
		for _, item := range list {
			texts = append(texts, follow(item, path)...)
		}
		return texts
	}
	if len(path) > 0 {
		object, _ := value.(map[string]any)
		return follow(object[path[0]], path[1:])
	}
	switch leaf := value.(type) {
	case string:
		return []string{leaf}
	case float64:
		return []string{strconv.FormatFloat(leaf, 'f', -1, 64)}
	}
	return nil
}

// xmlTexts returns the texts of the elements whose path below the root is path.
func xmlTexts(output string, path []string) (texts []string, err error) {
	var open []string
	var text strings.Builder
	for decoder := xml.NewDecoder(strings.NewReader(output)); ; {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			return nil, fmt.Errorf("the output is not XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if strings.Join(open[1:], ".") == strings.Join(path, ".") {
				texts = append(texts, text.String())
			}
			open = open[:len(open)-1]
		}
	}
}
