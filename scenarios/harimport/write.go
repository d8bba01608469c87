package harimport

// The text of the scenario.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func (s *session) yaml(name string) []byte {
	var b bytes.Buffer
	b.WriteString(script.SchemaLine)
	fmt.Fprintf(&b, "version: 1\nname: %s\n", quote(name))
	b.WriteString("description: >-\n  Made from a recorded session: its requests are the steps, and what went wrong is in the rules.\n")
	if s.skipped > 0 {
		fmt.Fprintf(&b, "# Requests of the recording that no step asks for: %d\n", s.skipped)
	}
	left := int64(mostContent)
	if len(s.order) > 0 {
		b.WriteString("\n# Contents are drawn from the seed: the recording's are not copied.\nobjects:\n")
	}
	for _, target := range s.order {
		bucket, key, _ := strings.Cut(target, "/")
		size := s.objects[target]
		if size < 0 {
			size = 1 << 10 // the recording does not say it
		}
		fmt.Fprintf(&b, "  - {bucket: %s, key: %s, size: %d}\n", quote(bucket), quote(key), share(size, &left))
	}
	b.WriteString("\n# Put your client here, or play the file with it: chaos run FILE --client ./mine.yaml\n" +
		"client:\n  builtin:\n")
	fmt.Fprintf(&b, "    retry: {max_attempts: %d}\n", s.attempts+1)
	switch {
	case s.partSize > 0:
		fmt.Fprintf(&b, "    part_size: %d\n", s.partSize)
	case s.largest > minPart:
		fmt.Fprintf(&b, "    part_size: %d # each upload was one request\n", min(s.largest, 5<<30))
	}
	b.WriteString("\nsteps:\n")
	for i, step := range s.steps {
		fmt.Fprintf(&b, "  - %s\n", s.stepText(i, step, &left))
	}
	if len(s.rules) > 0 {
		b.WriteString("\nfaults:\n")
	}
	for _, r := range s.rules {
		operation := r.operation
		if operation == "ListObjectsV2" {
			operation = "[ListObjects, ListObjectsV2]"
		}
		fmt.Fprintf(&b, "  - match: {operation: %s, bucket: %s", operation, quote(glob.Quote(r.bucket)))
		if r.key != "" {
			fmt.Fprintf(&b, ", key: %s", quote(glob.Quote(r.key)))
		}
		b.WriteString("}\n")
		if r.after > 0 {
			fmt.Fprintf(&b, "    after: %d\n", r.after)
		}
		fmt.Fprintf(&b, "    times: %d\n    %s\n", r.times, r.fault)
	}
	b.WriteString("\n# Say what your client must do: success, attempts, waits. The oracle checks the rest.\n" +
		"expect:\n  outcome: any\n")
	return b.Bytes()
}

// stepText returns a step in the flow form of YAML.
func (s *session) stepText(number int, step *step, left *int64) string {
	c := step.call
	at := fmt.Sprintf("{bucket: %s, key: %s", quote(c.bucket), quote(c.key))
	switch c.step {
	case "upload":
		size := step.size
		if c.operation == "CreateMultipartUpload" {
			size = max(size, s.partSize+1, minPart+1) // smaller ones go in one request
		}
		return fmt.Sprintf("upload: %s, size: %d}", at, share(size, left))
	case "download":
		return fmt.Sprintf("download: %s, to: %d.out}", at, number+1)
	case "copy":
		bucket, key, _ := strings.Cut(c.from, "/")
		return fmt.Sprintf("copy: {from: {bucket: %s, key: %s}, to: %s}}", quote(bucket), quote(key), at)
	case "list":
		text := fmt.Sprintf("list: {bucket: %s", quote(c.bucket))
		if prefix := c.query.Get("prefix"); prefix != "" {
			text += ", prefix: " + quote(prefix)
		}
		if delimiter := c.query.Get("delimiter"); delimiter != "" {
			text += ", delimiter: " + quote(delimiter)
		}
		return text + "}"
	case "delete_many":
		keys := make([]string, len(c.keys))
		for i, key := range c.keys {
			keys[i] = quote(key)
		}
		return fmt.Sprintf("delete_many: {bucket: %s, keys: [%s]}", quote(c.bucket), strings.Join(keys, ", "))
	}
	return c.step + ": " + at + "}"
}

// share returns the size, or what is left of the contents that a scenario may have.
func share(size int64, left *int64) int64 {
	size = min(size, *left)
	*left -= size
	return size
}

// quote quotes a text for YAML, so that the reader takes no part of it for a placeholder.
func quote(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(strings.ReplaceAll(text, "${", "$${")) // a string always encodes
	return strings.TrimSpace(b.String())
}
