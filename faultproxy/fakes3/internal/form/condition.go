package form

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// condition is one demand of a policy: on the value of a field, or on the size of the file.
type condition struct {
	field    string // in lower case
	value    string
	prefix   bool   // the field must begin with value; else it must be value
	text     string // as S3 prints it
	sized    bool   // on the size of the file, in bytes from min to max; field is empty
	min, max int64
}

// parseCondition reads {"field": "value"}, ["eq", "$field", "value"], ["starts-with", "$field",
// "prefix"] or ["content-length-range", min, max].
func parseCondition(text json.RawMessage) (condition, error) {
	var simple map[string]any
	if json.Unmarshal(text, &simple) == nil && simple != nil {
		return parseSimple(simple)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		return condition{}, invalid("Invalid condition test: must be a List or Object.")
	}
	if len(list) == 0 {
		return condition{}, invalid("Invalid Condition: missing operation identifier.")
	}
	var operation string
	if err := json.Unmarshal(list[0], &operation); err != nil {
		return condition{}, invalid("Invalid JSON.")
	}
	switch {
	case operation != "eq" && operation != "starts-with" && operation != "content-length-range":
		return condition{}, invalid("Invalid Condition: unknown operation '%s'.", operation)
	case len(list) != 3:
		return condition{}, invalid("Invalid %s: wrong number of arguments.", operation)
	case operation == "content-length-range":
		return parseRange(list[1], list[2])
	}
	c := condition{prefix: operation == "starts-with", text: string(text)}
	field, ok := scalar(list[1])
	if !ok {
		return condition{}, invalid("Invalid JSON.")
	}
	if c.value, ok = scalar(list[2]); !ok {
		return condition{}, invalid("Invalid JSON.")
	}
	if c.field, ok = strings.CutPrefix(strings.ToLower(field), "$"); !ok || c.field == "" {
		return condition{}, denied("Policy Condition failed: %s", c.text)
	}
	return c, nil
}

func parseSimple(simple map[string]any) (condition, error) {
	if len(simple) != 1 {
		return condition{}, invalid(
			"Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	}
	c := condition{}
	for field, value := range simple {
		text, ok := value.(string)
		if !ok {
			return condition{}, invalid("Invalid Simple-Condition: value must be a string.")
		}
		c.field, c.value = strings.ToLower(field), text
	}
	c.text = fmt.Sprintf(`["eq", "$%s", "%s"]`, c.field, c.value)
	return c, nil
}

func parseRange(least, most json.RawMessage) (condition, error) {
	c := condition{sized: true}
	for _, bound := range []struct {
		text json.RawMessage
		size *int64
	}{{least, &c.min}, {most, &c.max}} {
		text, ok := scalar(bound.text)
		n, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			return condition{}, invalid("Invalid JSON.")
		}
		*bound.size = n
	}
	return c, nil
}

// scalar reads a string or a number as text.
func scalar(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, string(raw) != "null"
	}
	var number json.Number
	err := json.Unmarshal(raw, &number)
	return number.String(), err == nil
}

// check refuses the fields or the size of the file.
func (c condition) check(fields map[string]string, size int64) error {
	if c.sized {
		switch {
		case size > c.max:
			return s3err.New(s3err.EntityTooLarge).With("ProposedSize", strconv.FormatInt(size, 10)).
				With("MaxSizeAllowed", strconv.FormatInt(c.max, 10))
		case size < c.min:
			return s3err.New(s3err.EntityTooSmall).With("ProposedSize", strconv.FormatInt(size, 10)).
				With("MinSizeAllowed", strconv.FormatInt(c.min, 10))
		}
		return nil
	}
	text, ok := fields[c.field]
	if !ok || !c.matches(text) {
		return denied("Policy Condition failed: %s", c.text)
	}
	return nil
}

// matches compares the value of a field. A Content-Type may be a list, of which every type must
// begin with the prefix.
func (c condition) matches(text string) bool {
	if !c.prefix {
		return text == c.value
	}
	if c.field != "content-type" {
		return strings.HasPrefix(text, c.value)
	}
	return !slices.ContainsFunc(strings.Split(text, ","), func(kind string) bool {
		return !strings.HasPrefix(strings.TrimSpace(kind), c.value)
	})
}
