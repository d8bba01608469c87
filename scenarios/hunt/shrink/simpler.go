package shrink

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// This file says which values are simpler than a value. "Simpler" is an order without cycles, so
// that the search ends.

// words are the values that a key has in most scripts, the simplest first.
var words = map[string][]string{
	"status": {"503", "500"},
	"code":   {"SlowDown", "InternalError"},
	"jitter": {"none"},
	"range":  {"0-0", "0-9"},
	"mode":   {"standard"},

	// A smaller count may fit, and then no client could know that a key is missing.
	"key_count": {},
}

// unordered are keys whose numbers are names or must stay as they are.
var unordered = []string{"version", "seed", "bucket", "key", "path", "to", "from", "prefix", "content", "name"}

// simpler returns the simpler values of a key, the simplest first.
func simpler(key string, value *node) []*yaml.Node {
	if value.Kind != yaml.ScalarNode {
		return choices(key, value)
	}
	if known, ok := words[key]; ok {
		if i := slices.Index(known, value.Value); i >= 0 {
			known = known[:i]
		}
		return scalars(known)
	}
	if slices.Contains(unordered, key) {
		return nil
	}
	return scalars(smaller(value.Value))
}

// choices returns the values from which a value is drawn.
func choices(key string, value *node) []*yaml.Node {
	drawn := value
	for _, of := range []string{"one_of", "between"} {
		if list := value.get(of); list != nil {
			drawn = list
		}
	}
	if key == "parallel" || key == "during" || key == "keys" || drawn.Kind != yaml.SequenceNode {
		return nil
	}
	var one []*yaml.Node
	for _, item := range drawn.Content {
		if item.Kind == yaml.ScalarNode {
			one = append(one, item)
		}
	}
	return one
}

func scalars(texts []string) []*yaml.Node {
	nodes := make([]*yaml.Node, len(texts))
	for i, text := range texts {
		nodes[i] = scalar(text)
	}
	return nodes
}

// The steps of sizes and durations are few, so that a result has round numbers.
var (
	sizeSteps = []faultproxy.Size{
		0, 1, 2, 3, 5, 10, 100, 1 << 10, 10 << 10, 64 << 10, 1 << 20, 5 << 20, 6 << 20, 8 << 20,
	}
	timeSteps = []time.Duration{
		time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
		10 * time.Second, 30 * time.Second, time.Minute, 10 * time.Minute,
	}
)

// smaller returns the steps below a number, a size, a share or a duration, the smallest first.
func smaller(text string) []string {
	if d, err := time.ParseDuration(text); err == nil && text != "0" {
		var below []string
		for _, step := range timeSteps {
			if step < d {
				below = append(below, short(step))
			}
		}
		return below
	}
	limit := faultproxy.Size(1) << 40 // a share has no order among sizes: each size is simpler
	if !strings.HasSuffix(text, "%") {
		if err := limit.UnmarshalText([]byte(text)); err != nil {
			return nil
		}
	}
	_, err := strconv.Atoi(text)
	var below []string
	for _, step := range sizeSteps {
		switch {
		case step >= limit:
		case err == nil: // a plain number stays one, because not every number is a size
			below = append(below, strconv.FormatInt(int64(step), 10))
		default:
			below = append(below, step.String())
		}
	}
	return below
}

// short writes a duration without parts that are zero: 1m instead of 1m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	return text
}
