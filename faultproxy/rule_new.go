package faultproxy

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
)

// NewRule makes a rule for an S3 operation, or for every request if operation is "". parts are one
// [Fault] and limits. The error is a *FieldError that matches ErrRule: a part changes what another
// part has set. NewRule does not call Rule.Validate.
func NewRule(operation string, parts ...RulePart) (Rule, error) {
	r := Rule{Match: Match{Operation: operation}}
	for _, p := range parts {
		before := r
		p.part(&r)
		if f, ok := p.(Fault); ok && before.Fault != nil {
			return r, &FieldError{
				"fault", fmt.Sprintf("set twice: %v, then %v", before.Fault, f),
				"a rule has exactly one: add another",
			}
		}
		said, says := before.settings(), r.settings()
		for _, field := range slices.Sorted(maps.Keys(said)) {
			now, ok := says[field]
			if !ok {
				now = "nothing"
			}
			if now != said[field] {
				return r, fieldErrorf(field, "set twice: %s, then %s", said[field], now)
			}
		}
	}
	return r, nil
}

// settings returns the text of each field of the rule that is set, except the fault.
func (r *Rule) settings() map[string]string {
	set := map[string]string{}
	var gather func(prefix string, v reflect.Value)
	gather = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name, ok := flow.FieldName(v.Type().Field(i))
			field := v.Field(i)
			if !ok || field.IsZero() {
				continue
			}
			switch value := field.Interface().(type) {
			case Match:
				gather(name+".", field)
			case map[string]string:
				for key, text := range value {
					set[prefix+name+"."+key] = flow.String(text)
				}
			default:
				set[prefix+name] = printValue(field)
			}
		}
	}
	gather("", reflect.ValueOf(*r))
	return set
}
