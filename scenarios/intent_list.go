package scenarios

import (
	"encoding/json"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// listed returns the keys that a program printed, one on each line or at a path of a JSON document.
// It adds the prefix to a name that lacks it.
func listed(stdout, how, prefix string) []string {
	var names []string
	if how == script.StdoutLines {
		for line := range strings.Lines(stdout) {
			if line = strings.TrimRight(line, "\r\n"); line != "" {
				names = append(names, line)
			}
		}
	} else {
		names = textsAt(stdout, how)
	}
	for i, name := range names {
		if !strings.HasPrefix(name, prefix) {
			names[i] = prefix + name
		}
	}
	return names
}

// textsAt returns the strings at a path in each JSON document of an output. A path looks like
// "Contents[].Key" or "$.Contents[*].Key". An output that is not JSON gives no strings.
func textsAt(output, at string) []string {
	at = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(at, "json "), "$"), ".")
	at = strings.NewReplacer("[*]", ".[]", "[]", ".[]").Replace(at)
	var steps []string
	for step := range strings.SplitSeq(at, ".") {
		if step != "" {
			steps = append(steps, step)
		}
	}
	var texts []string
	for decoder := json.NewDecoder(strings.NewReader(output)); ; {
		var document any
		if decoder.Decode(&document) != nil {
			return texts
		}
		texts = append(texts, follow(document, steps)...)
	}
}

func follow(value any, steps []string) []string {
	if list, ok := value.([]any); ok && (len(steps) == 0 || steps[0] == "[]") {
		var texts []string
		for _, item := range list {
			texts = append(texts, follow(item, steps[min(1, len(steps)):])...)
		}
		return texts
	}
	if len(steps) == 0 {
		if text, ok := value.(string); ok {
			return []string{text}
		}
		return nil
	}
	object, _ := value.(map[string]any)
	return follow(object[steps[0]], steps[1:])
}
