// Package stdout reads what a client program printed: [Lines], or the values at a path of a JSON or
// XML document.
package stdout

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Lines returns the lines of an output that are not empty.
func Lines(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Below adds the prefix to each name that lacks it. A program may print names relative to it.
func Below(names []string, prefix string) []string {
	for i, name := range names {
		if !strings.HasPrefix(name, prefix) {
			names[i] = prefix + name
		}
	}
	return names
}

// JSON returns the values at a path in each JSON document of an output. A path looks like
// "Contents[].Key" or "$.Contents[*].Key". With an error it returns the values of the documents
// before.
func JSON(output, path string) ([]any, error) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	steps := split(strings.NewReplacer("[*]", ".[]", "[]", ".[]").Replace(path))
	var values []any
	for decoder := json.NewDecoder(strings.NewReader(output)); ; {
		var document any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return values, nil
		case err != nil:
			return values, fmt.Errorf("the output is not JSON: %w", err)
		}
		values = append(values, follow(document, steps)...)
	}
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '.' })
}

func follow(value any, steps []string) []any {
	if list, ok := value.([]any); ok && (len(steps) == 0 || steps[0] == "[]") {
		var values []any
		for _, item := range list {
			values = append(values, follow(item, steps[min(1, len(steps)):])...)
		}
		return values
	}
	if len(steps) == 0 {
		return []any{value}
	}
	object, _ := value.(map[string]any)
	return follow(object[steps[0]], steps[1:])
}

// XML returns the texts of the elements at a path below the root, such as "Contents.Key".
func XML(output, path string) (texts []string, err error) {
	path = strings.Join(split(path), ".")
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
			if strings.Join(open[1:], ".") == path {
				texts = append(texts, text.String())
			}
			open = open[:len(open)-1]
		}
	}
}
