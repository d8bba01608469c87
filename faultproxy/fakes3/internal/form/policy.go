package form

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// Policy says until when a form is good, and which fields and which file it allows.
type Policy struct {
	expiration time.Time
	conditions []condition
}

// ParsePolicy reads the policy field of a form: JSON in Base64. The error is an [s3err.Error].
func ParsePolicy(encoded string) (*Policy, error) {
	if strings.TrimSpace(encoded) == "" {
		return nil, invalid("Expecting '{' but found End-of-Input")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, invalid("invalid Base64 encoding.")
	}
	var elements map[string]json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, invalid("Invalid JSON.")
	}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if name != "expiration" && name != "conditions" {
			return nil, invalid("Unexpected: %q", name)
		}
	}
	p := &Policy{}
	if p.expiration, err = parseExpiration(elements["expiration"]); err != nil {
		return nil, err
	}
	var conditions []json.RawMessage
	switch text, ok := elements["conditions"]; {
	case !ok:
		return nil, invalid("Policy missing conditions.")
	case json.Unmarshal(text, &conditions) != nil:
		return nil, invalid("Invalid 'conditions' value: must be a List.")
	}
	for _, text := range conditions {
		c, err := parseCondition(text)
		if err != nil {
			return nil, err
		}
		p.conditions = append(p.conditions, c)
	}
	return p, nil
}

func parseExpiration(text json.RawMessage) (time.Time, error) {
	if text == nil {
		return time.Time{}, invalid("Policy missing expiration.")
	}
	var expiration string
	if err := json.Unmarshal(text, &expiration); err != nil {
		return time.Time{}, invalid("Invalid JSON.")
	}
	at, err := time.Parse(time.RFC3339, expiration)
	if err != nil {
		return time.Time{}, invalid("Invalid 'expiration' value: '%s'", expiration)
	}
	return at, nil
}

// invalid is the error of a policy that cannot be read.
func invalid(format string, args ...any) *s3err.Error {
	return s3err.Errorf(s3err.InvalidPolicyDocument, "Invalid Policy: "+format, args...)
}

// Check refuses a form for a bucket that the policy does not allow at the time now. A policy names
// every field that a form may have, but for those of the policy itself and those that begin with
// x-ignore-.
func (p *Policy) Check(f *Form, bucket string, now time.Time) error {
	if !now.Before(p.expiration) {
		return denied("Policy expired.")
	}
	fields := maps.Clone(f.Fields)
	fields["bucket"] = bucket
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		exempt := name == "policy" || name == "x-amz-signature" || strings.HasPrefix(name, "x-ignore-")
		covered := slices.ContainsFunc(p.conditions, func(c condition) bool { return c.field == name })
		if !exempt && !covered {
			return denied("Extra input fields: %s", name)
		}
	}
	for _, c := range p.conditions {
		if err := c.check(fields, int64(len(f.File))); err != nil {
			return err
		}
	}
	return nil
}

// denied is the error of a form that its policy does not allow.
func denied(format string, args ...any) *s3err.Error {
	return s3err.Errorf(s3err.AccessDenied, "Invalid according to Policy: "+format, args...)
}
