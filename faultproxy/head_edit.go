package faultproxy

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// Changes to the head of a message, as bytes. Lines without a change stay as they are.

// editHead returns a copy of the head with changes. It calls change with the name of each header in
// lower case and its value. change returns the lines that replace the header's line, or that this
// line stays. At the end, editHead calls it with two empty texts, for lines to add.
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

// replaceLines returns a copy of the head without the headers that drop chooses by their names in
// lower case, and with these lines at the end.
func replaceLines(head []byte, drop func(name string) bool, lines string) []byte {
	return editHead(head, func(name, _ string) (string, bool) {
		if name == "" {
			return lines, false
		}
		return "", !drop(name)
	})
}

// withFraming returns a copy of the head with these lines in place of those that say where the
// message ends.
func withFraming(head []byte, lines string) []byte {
	return replaceLines(head, wire.IsFramingHeader, lines)
}

// withoutFraming returns a copy of a response's head without its length or chunked coding, and with
// Connection: close.
func withoutFraming(head []byte) []byte { return withFraming(head, "Connection: close\r\n") }

// withClose returns a copy of the head with Connection: close in place of its own Connection lines.
func withClose(head []byte) []byte {
	return replaceLines(head, func(name string) bool { return name == "connection" }, "Connection: close\r\n")
}

// change returns the function that makes these changes in editHead.
func (h Headers) change(checksum ChecksumEdit) func(name, value string) (string, bool) {
	// lines by name in lower case; those whose header the head lacks are added at its end
	set := make(map[string]string, len(h.Set))
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
