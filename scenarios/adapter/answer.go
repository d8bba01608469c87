package adapter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/stdout"
)

// This file reads what a program printed.

// KeysIn returns the keys that a list step printed. A name without the prefix is relative to it.
func (s *Step) KeysIn(output, prefix string) ([]string, error) {
	keys, err := textsIn(output, s.Keys)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	return stdout.Below(keys, prefix), nil
}

// SizeIn returns the size that a stat step printed.
func (s *Step) SizeIn(output string) (int64, error) {
	texts, err := textsIn(strings.TrimSpace(output), s.Size)
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

// textsIn returns the texts and numbers at the path of a document, or else the lines of the output.
// No output at all is an empty JSON list: aws and others print it so.
func textsIn(output, how string) ([]string, error) {
	kind, path, _ := strings.Cut(how, " ")
	switch kind {
	case "json":
		values, err := stdout.JSON(output, path)
		if err != nil {
			return nil, err
		}
		var texts []string
		for _, value := range values {
			switch v := value.(type) {
			case string:
				texts = append(texts, v)
			case float64:
				texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
		return texts, nil
	case "xml":
		return stdout.XML(output, path)
	}
	return stdout.Lines(output), nil
}
