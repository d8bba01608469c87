package script

import "slices"

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
	if !v.rawSize(r, path) {
		return
	}
	all := r.bytes()
	requests, rest := framed(all)
	for _, request := range append(requests, mayBe(rest, len(all)-len(rest))...) {
		for _, bucket := range request.buckets() {
			if request.writes() && slices.Contains(v.s.Buckets, bucket) {
				v.Add(r.ItemSpan("send", r.pieceAt(request.at)), "name a bucket that the drill does not have",
					"%s.send: a %s to the bucket %q: the oracle knows only what the client writes", path,
					request.method, bucket)
				break
			}
		}
	}
}

// pieceAt returns the number of the piece that has the byte, from 0.
func (r *Raw) pieceAt(at int) int {
	for i := range r.Send {
		if at -= int(r.Send[i].size()); at < 0 {
			return i
		}
	}
	return 0
}

// rawSize checks that the pieces of a step are not too large together, and reports whether they are
// not.
func (v *validator) rawSize(r *Raw, path string) bool {
	sum := Size(0)
	for i := range r.Send {
		if sum += r.Send[i].size(); sum > largestRaw {
			v.Add(r.ItemSpan("send", i), "send a shorter text, or send it less often",
				"%s.send: it is larger than %v: want less, because it is held in memory", path, Size(largestRaw))
			return false
		}
	}
	return true
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
