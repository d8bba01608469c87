package virtual

// The stacks of a bubble's goroutines, found in the text of runtime.Stack.

import (
	"regexp"
	"runtime"
	"strings"
)

// header matches the name of the bubble in the first line of a goroutine's stack, such as
// "goroutine 22 [select (durable), synctest bubble 5]:".
var header = regexp.MustCompile(`synctest bubble \d+`)

// bubbleID returns the name of the calling goroutine's bubble, the argument for stacks.
func bubbleID() string {
	var buf [256]byte
	return header.FindString(string(buf[:runtime.Stack(buf[:], false)]))
}

// plumbing matches the goroutines of package testing that only wait for a bubble to end. Their
// stacks do not help to find a leak.
var plumbing = regexp.MustCompile(
	`(?m)^(internal/synctest\.Run|testing/synctest\.testingSynctestTest|testing\.tRunner)\(`)

// stacks returns the stacks of the goroutines of one bubble: the function that runs in it, and the
// goroutines that it started.
func stacks(bubble string) string {
	if bubble == "" {
		return ""
	}
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var inside []string
	for goroutine := range strings.SplitSeq(string(buf), "\n\n") {
		first, _, _ := strings.Cut(goroutine, "\n")
		if header.FindString(first) == bubble && !plumbing.MatchString(goroutine) {
			inside = append(inside, goroutine)
		}
	}
	return strings.Join(inside, "\n\n")
}
