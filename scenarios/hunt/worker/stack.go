package worker

import "strings"

// This file reads what the Go runtime prints before it ends a process.

// reading returns the message of a panic or a fatal error and the function in which it happened,
// each empty if the text has none.
func reading(said string) (message, where string) {
	var inStack bool
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		switch {
		case message == "":
			for _, head := range []string{"panic: ", "fatal error: "} {
				if text, found := strings.CutPrefix(line, head); found {
					message = text
				}
			}
		case strings.HasPrefix(line, "goroutine "):
			inStack = true
		case inStack && line != "" && line[0] != '\t' && !ofRuntime(line):
			return message, function(line)
		case inStack && line == "":
			return message, ""
		}
	}
	return message, ""
}

// ofRuntime reports whether a line of a stack names a function of the runtime.
func ofRuntime(line string) bool {
	return strings.HasPrefix(line, "panic(") || strings.HasPrefix(line, "runtime.") ||
		strings.HasPrefix(line, "created by ") || strings.HasPrefix(line, "internal/runtime")
}

// function returns the name of the function of a line, without its arguments and the path of its
// package.
func function(line string) string {
	if i := strings.LastIndexByte(line, '('); i > 0 {
		line = line[:i]
	}
	return line[strings.LastIndexByte(line, '/')+1:]
}
