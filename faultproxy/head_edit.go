package faultproxy

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Changes to the head of a response, as bytes. Lines without a change stay as they are.

// editHead returns a copy of the head with changes. change is called with the name of each header
// in lower case and its value; it returns the lines in place of the header's, or that it stays. At
// the end it is called with two empty texts, for lines to add.
func editHead(head []byte, change func(name, value string) (lines string, stays bool)) []byte {
	var b bytes.Buffer
	for i, line := range bytes.SplitAfter(head[:len(head)-2], []byte("\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if i == 0 || !ok {
			b.Write(line)
			continue
		}
		if lines, stays := change(strings.ToLower(string(name)), strings.TrimSpace(string(value))); stays {
			b.Write(line)
		} else {
			b.WriteString(lines)
		}
	}
	lines, _ := change("", "")
	b.WriteString(lines + "\r\n")
	return b.Bytes()
}

// change returns the function for editHead.
func (h Headers) change(checksum ChecksumEdit) func(name, value string) (string, bool) {
	set := make(map[string]string, len(h.Set)) // by name in lower case; what is left is added at the end
	for name, value := range h.Set {
		set[strings.ToLower(name)] = name + ": " + value + "\r\n"
	}
	gone := make(map[string]bool, len(h.Set)+len(h.Remove))
	for _, name := range h.Remove {
		gone[strings.ToLower(name)] = true
	}
	return func(name, value string) (string, bool) {
		line, replaced := set[name]
		switch {
		case name == "":
			var added strings.Builder
			for _, name := range slices.Sorted(maps.Keys(set)) {
				added.WriteString(set[name])
			}
			return added.String(), false
		case replaced:
			delete(set, name)
			gone[name] = true // a second header of the name
			return line, false
		case gone[name]:
			return "", false
		case checksum != "" && strings.HasPrefix(name, "x-amz-checksum-"):
			return checksum.change(name, value)
		}
		return "", true
	}
}

// change returns the line in place of a header that is about a checksum.
func (c ChecksumEdit) change(name, value string) (line string, stays bool) {
	switch {
	case c == ChecksumMissing:
		return "", false
	case name == "x-amz-checksum-type" || name == "x-amz-checksum-algorithm" || value == "":
		return "", true
	}
	first := "A"
	if value[0] == 'A' {
		first = "B"
	}
	return name + ": " + first + value[1:] + "\r\n", false
}

// withStatus returns a copy of the head with another status.
func withStatus(head []byte, status int) []byte {
	rest := head[bytes.IndexByte(head, '\n')+1:]
	return append(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", status, reason(status, "")), rest...)
}
