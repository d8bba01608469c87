package script

import (
	"regexp"
	"slices"
)

// rawWrite finds requests that change something, with the first element of their path.
var rawWrite = regexp.MustCompile(`(?m)^(PUT|POST|DELETE) (?:https?://[^/ ]*)?/([^/? ]*)`)

// raw checks what a raw step sends. It must not write to a bucket of the drill, because the oracle
// knows only what the client writes.
func (v *validator) raw(s *Step, path string) {
	r := s.Raw
	if !r.Receives() {
		if r.Has("idle") {
			v.Add(r.KeySpan("idle"), "write hold", "%s.idle: a connection that reads nothing cannot tell", path)
		}
		if e := s.Expect.Raw; e != nil && (e.Has("received") || e.Has("lacks") || e.Has("responses")) {
			v.Add(r.KeySpan("reads"), "", "%s.reads: what it does not read cannot be expected", path)
		}
	}
	v.rawSize(r, path)
	for i := range r.Send {
		for _, found := range rawWrite.FindAllStringSubmatch(r.Send[i].Text, -1) {
			if slices.Contains(v.s.Buckets, found[2]) {
				v.Add(r.ItemSpan("send", i), "name a bucket that the drill does not have",
					"%s.send: a %s to the bucket %q: the oracle knows only what the client writes", path, found[1],
					found[2])
			}
		}
	}
}

// rawSize checks that the pieces of a step are not too large together.
func (v *validator) rawSize(r *Raw, path string) {
	sum := Size(0)
	for i := range r.Send {
		if sum += r.Send[i].size(); sum > largestRaw {
			v.Add(r.ItemSpan("send", i), "send a shorter text, or send it less often",
				"%s.send: it is larger than %v: want less, because it is held in memory", path, Size(largestRaw))
			return
		}
	}
}

// rawPatterns checks the patterns of what comes back.
func (v *validator) rawPatterns(e *RawExpect, path string) {
	if e.Received != nil {
		v.pattern(e.ValueSpan("received"), *e.Received, path+".received")
	}
	for i, pattern := range e.Lacks {
		v.pattern(e.ItemSpan("lacks", i), pattern, path+".lacks")
	}
}
