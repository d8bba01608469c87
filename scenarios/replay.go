package scenarios

import (
	"fmt"
	"net/url"
	"regexp"
	"runtime"
	"strings"
)

// This file builds the command that plays a drill again: `chaos run`, or `go test` for a client
// that a Go test provides.

// replay returns the command that plays the drill again, or "" if there is no such command.
func (o *Options) replay(s *Scenario, seed uint64) string {
	if o.NewClient != nil && s.Client.Careless == nil {
		return o.testCommand
	}
	target := s.File
	switch {
	case fromCatalog(s):
		target = s.ID
	case s.Case.Name != "":
		target += "@" + s.Case.Name
	}
	command := fmt.Sprintf("chaos run %s --seed %d", quoteArg(target), seed)
	if o.Client != "" {
		command += " --client " + quoteArg(o.Client)
	}
	if o.Style == VirtualStyle {
		command += " --style " + string(o.Style)
	}
	if o.TLS {
		command += " --tls"
	}
	if o.Slow {
		command += " --slow"
	}
	if o.Timeout > 0 {
		command += " --timeout " + o.Timeout.String()
	}
	return command
}

// findTest finds the Go test that plays drills of NewClient and stores its command. Call it on the
// goroutine of the test.
func (o *Options) findTest() {
	if o.NewClient == nil || o.testCommand != "" {
		return
	}
	pkg, name := callingTest()
	if o.Test != nil {
		name = o.Test.Name()
	}
	if pkg == "" && name == "" {
		return
	}
	o.testCommand = "go test"
	if name != "" {
		parts := strings.Split(name, "/") // go test splits the names of subtests in this way
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		o.testCommand += " -run " + quoteArg(strings.Join(parts, "/"))
	}
	if pkg != "" {
		o.testCommand += " " + pkg
	}
}

// callingTest finds the nearest caller in a file of tests, and the test function among the callers.
// Both are empty if no test calls, and the test is empty if a suite calls its tests by reflection.
func callingTest() (pkg, test string) {
	const deepest = 64
	callers := make([]uintptr, deepest)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if !strings.HasSuffix(frame.File, "_test.go") {
			continue
		}
		path, function := splitFunction(frame.Function)
		if pkg == "" {
			pkg = path
		}
		for _, kind := range []string{"Test", "Fuzz", "Benchmark"} {
			if strings.HasPrefix(function, kind) {
				return path, function
			}
		}
	}
	return pkg, ""
}

// splitFunction returns the import path of a function's package, without the suffix of external
// tests, and the outermost function's name: TestX of "example.com/p_test.TestX.func1".
func splitFunction(full string) (path, function string) {
	slash := strings.LastIndexByte(full, '/') + 1
	pkg, rest, _ := strings.Cut(full[slash:], ".")
	path = strings.TrimSuffix(full[:slash]+pkg, "_test")
	if unescaped, err := url.PathUnescape(path); err == nil { // the linker escapes dots
		path = unescaped
	}
	function, _, _ = strings.Cut(rest, ".")
	return path, function
}

// quoteArg quotes an argument for a shell if it needs quotes.
func quoteArg(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"'\\$`&|;<>()*?[]#~=%!{}") {
		return s
	}
	return singleQuoted(s)
}

// singleQuoted returns a text between single quotes for a shell.
func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
