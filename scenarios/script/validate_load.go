package script

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// inLoad are the operations that the steps of a load can have.
var inLoad = []string{
	"upload", "upload_stream", "download", "list", "delete", "delete_many", "copy", "exists", "stat",
}

// load checks a load, which the drill takes this many times.
func (v *validator) load(l *Workload, path string, times int) {
	if !l.Has("for") && !l.Has("turns") {
		v.Add(strictyaml.Span{Place: l.Place}, "", "%s: nothing bounds it: want for, turns or both", path)
	}
	if !v.exactlyOne(&l.Block, path, "steps", "step") {
		return
	}
	inside := path + ".steps"
	if l.Step != nil {
		inside = path + ".step"
	}
	if l.Understood("steps") && len(l.Steps) == 0 {
		v.Add(l.ValueSpan("steps"), "", "%s: the list is empty: want one step or more", inside)
		return
	}
	v.loaded = l
	steps := l.All()
	for i := range steps {
		v.stepOfLoad(&steps[i], inside, min(times*l.timesEach(), maxSteps+1))
	}
	v.loaded = nil
	if l.bytes() > largest {
		v.Add(strictyaml.Span{Place: l.Place}, "take fewer workers, turns or smaller sizes",
			"%s: its uploads exceed %v: want less, because contents are held in memory", path, largest)
	}
}

// stepOfLoad checks one step of a load.
func (v *validator) stepOfLoad(s *Step, path string, times int) {
	if operation := s.Operation(); operation != "" && s.Has(operation) && !slices.Contains(inLoad, operation) {
		v.Add(s.KeySpan(operation), "", "%s: a load cannot hold %s", path, operation)
		return
	}
	if s.Has("expect") {
		v.Add(s.KeySpan("expect"), "expect it of the load", "%s.expect: it does not apply to a step of a load", path)
	}
	if d := s.Download; d != nil && d.Understood("to") && !strings.Contains(d.To, "${"+PlaceWorker+"}") {
		v.Add(d.ValueSpan("to"), "write ${"+PlaceWorker+"} into it",
			"%s.download.to: all workers write the same file: want one for each", path)
	}
	v.step(s, path, times)
}

// bytes estimates how many bytes all uploads of the load have.
func (l *Workload) bytes() Size {
	sum, steps, each := Size(0), l.All(), Size(l.timesEach())
	for i := range steps {
		var b *strictyaml.Block
		var size Size
		switch s := &steps[i]; {
		case s.Upload != nil:
			b, size = &s.Upload.Block, s.Upload.Size
		case s.UploadStream != nil:
			b, size = &s.UploadStream.Block, s.UploadStream.Size
		default:
			continue
		}
		if l.Sizes != nil && !b.Has("size") && !b.Has("content") {
			size = l.Sizes.mean()
		}
		if size > 0 && each > (largest+1)/size {
			return largest + 1
		}
		sum += each * size
	}
	return sum
}
