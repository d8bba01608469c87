package gen

import (
	"fmt"
	"slices"
	"time"
)

// This file draws the steps of a swarm.

// one draws a step of an operation that the script has.
func (w *swarm) one() Map {
	operation := pick(w.generator, stepFeatures...)
	for tries := 0; tries < 40 && w.without[operation] || slices.Contains(w.lacks, operation); tries++ {
		operation = pick(w.generator, stepFeatures...)
	}
	w.steps++
	step := Map{{"name", fmt.Sprintf("s%d", w.steps)}, w.operation(operation)}
	switch {
	case !w.without["repeat"] && w.chance(0.15):
		return Map{{"repeat", Map{{"times", 2 + w.IntN(3)}, {"step", step}}}}
	case !w.without["cancel"] && w.chance(0.3): // often inside a body
		step = append(step, Field{"cancel_after", w.soon()})
	case !w.without["deadline"] && w.chance(0.3):
		step = append(step, Field{"deadline", w.soon()})
	}
	return step
}

// soon draws when a step must end: within its first requests, or among its retries.
func (w *swarm) soon() time.Duration {
	return pick(w.generator, w.duration(20*time.Millisecond), w.duration(9*time.Second))
}

func (w *swarm) operation(name string) Field {
	at := Map{{"bucket", bucket}, {"key", w.readable()}}
	switch name {
	case "upload", "upload_stream":
		return Field{name, w.upload(name)}
	case "download":
		if !w.without["range"] && w.chance(0.5) {
			at = append(at, Field{"range", w.span()})
		}
		if !w.without["old file"] && w.steps == 1 {
			at = append(at, Field{"to", oldFile})
		}
	case "get":
		return Field{name, w.get(at)}
	case "list":
		prefix := pick(w.generator, "", "a", "k")
		return Field{name, Map{{"bucket", bucket}, {"prefix", prefix}, {"max_keys", 1 + w.IntN(3)}}}
	case "delete":
		return Field{name, Map{{"bucket", bucket}, {"key", w.writable()}}}
	case "delete_many":
		return Field{name, Map{{"bucket", bucket}, {"keys", List{w.fresh(), "k1.bin", small}}}}
	case "copy", "move":
		to := w.writable()
		if to == at.Get("key") {
			to = w.fresh()
		}
		return Field{name, Map{{"from", at}, {"to", Map{{"bucket", bucket}, {"key", to}}}}}
	}
	return Field{name, at}
}

func (w *swarm) upload(name string) Map {
	at := Map{{"bucket", bucket}, {"key", w.writable()}, {"size", w.size()}}
	can := name != "upload" || !slices.Contains(w.lacks, conditionalUpload)
	if !w.without["conditional"] && can && w.chance(0.4) {
		at = append(at, pick(w.generator, Field{"if_none_match", "*"}, Field{"if_match", "current"}))
		if at.Get("if_match") != nil {
			at[1].Value = large // the object must be there
		}
	}
	if name == "upload_stream" {
		at = append(at, Field{"seekable", w.chance(0.5)})
	}
	return at
}

func (w *swarm) get(at Map) Map {
	switch {
	case !w.without["range"] && w.chance(0.3):
		return append(at, Field{"range", w.span()})
	case !w.without["conditional"] && w.chance(0.3):
		return append(at, Field{pick(w.generator, "if_match", "if_none_match"), "current"})
	case w.chance(0.2):
		return append(at, Field{"pause", w.duration(40 * time.Second)})
	}
	return at
}

// size draws the size of an upload: around the edges, and sometimes around the size of a part.
func (w *swarm) size() any {
	part := w.part
	if !w.without["large"] && w.chance(0.25) {
		return pick(w.generator, part-1, part, part+1, 2*part+1, 3*part)
	}
	return pick(w.generator, 0, 1, 2, 1000, largeLen-1, largeLen, largeLen+1, 1+w.IntN(100_000))
}

func (w *swarm) span() string {
	from := w.IntN(largeLen)
	switch w.IntN(4) {
	case 0:
		return fmt.Sprintf("%d-", from)
	case 1:
		return fmt.Sprintf("-%d", 1+from)
	case 2:
		return fmt.Sprintf("0-%d", largeLen-1)
	}
	return fmt.Sprintf("%d-%d", from, from+w.IntN(2000))
}

// readable draws the key of an object that is there.
func (w *swarm) readable() string {
	if !w.without["odd key"] && w.chance(0.3) {
		return oddKeys[0]
	}
	return pick(w.generator, large, large, small)
}

// writable draws the key of a write: sometimes of an object that another step reads.
func (w *swarm) writable() string {
	switch {
	case !w.without["overwrite"] && w.chance(0.5):
		return w.readable()
	case !w.without["odd key"] && w.chance(0.3):
		return pick(w.generator, oddKeys...)
	}
	return w.fresh()
}

func (w *swarm) fresh() string { return fmt.Sprintf("k%d.bin", w.steps) }
