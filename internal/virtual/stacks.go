package virtual

import (
	"regexp"
	"runtime"
	"strings"
)

// header is the part of a goroutine's first line that names its bubble: "goroutine 22 [select (durable), synctest bubble 5]:".
var header = regexp.MustCompile(`synctest bubble \d+`)

// bubbleID names the bubble of the calling goroutine, as stacks looks for it.
func bubbleID() string {
	var buf [256]byte
	return header.FindString(string(buf[:runtime.Stack(buf[:], false)]))
}

// plumbing marks the goroutines that carry a bubble: they wait for what they carry, and say nothing about it.
var plumbing = regexp.MustCompile(`(?m)^(internal/synctest\.Run|testing/synctest\.testingSynctestTest|testing\.tRunner)\(`)

// stacks returns the stacks of the goroutines of one bubble that were started by the function run in it, and of that function.
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
