package script

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// maxSteps is the largest number of steps that a drill may take, repetitions included.
const maxSteps = 1_000_000

func (v *validator) steps() {
	for i := range v.s.Steps {
		v.step(&v.s.Steps[i], "steps", 1)
	}
	if v.total > maxSteps {
		v.Add(v.s.KeySpan("steps"), "", "steps: want at most %d, repetitions included", maxSteps)
	}
}

// step checks one step, which the drill takes this many times.
func (v *validator) step(s *Step, path string, times int) {
	v.total = min(v.total+times, maxSteps+1)
	v.ownName(&s.Block, s.Name, path, "steps", v.names)
	if !v.exactlyOne(&s.Block, "a step", operations...) {
		return
	}
	operation := s.Operation()
	if operation == "" || !s.Has(operation) {
		return // not understood, which is reported already
	}
	inside := path + "." + operation
	switch operation {
	case "upload":
		v.upload(s, s.Upload, inside)
	case "resume":
		v.upload(s, s.Resume, inside)
		if !s.Resume.Has("resume_file") {
			v.Add(s.KeySpan(operation), "", "%s: want a resume_file, which an upload before it has kept", inside)
		}
	case "upload_stream":
		u := s.UploadStream
		v.content(&u.Block, operation, inside, u.Size)
		v.write(s, &u.Block, &u.Condition, &u.WriteOptions, inside)
		v.source(u, inside)
	case "list":
		v.list(s.List, inside)
	case "delete":
		v.deletion(s, inside)
	case "delete_prefix":
		if d := s.DeletePrefix; d.Understood("prefix") && d.Prefix == "" && !s.Refused() {
			v.Add(d.ValueSpan("prefix"), "", "%s.prefix: it is empty: want one that bounds the deletion", inside)
		}
	case "call":
		v.call(s, inside)
	case "presign":
		v.presign(s, inside)
	case "download":
		if s.Download.Has("to") {
			v.below(&s.Download.Block, "to", s.Download.To, inside+".to")
		}
	case "upload_dir":
		v.below(&s.UploadDir.Block, "from", s.UploadDir.From, inside+".from")
	case "download_dir":
		v.below(&s.DownloadDir.Block, "to", s.DownloadDir.To, inside+".to")
	case "delete_many":
		v.keys(s, inside)
	case "copy":
		v.objectName(s, &s.Copy.From.Block, s.Copy.From.Bucket, s.Copy.From.Key, inside+".from")
		v.etag(&s.Copy.From.Block, "if_match", s.Copy.From.IfMatch, inside+".from")
		inside += ".to"
		v.write(s, &s.Copy.To.Block, &s.Copy.To.Condition, &s.Copy.To.WriteOptions, inside)
		v.directives(s, inside)
	case "move":
		v.move(s, inside)
		inside += ".to"
	case "parallel":
		if len(s.Parallel) == 0 {
			v.Add(s.KeySpan("parallel"), "", "%s: the list is empty: want one step or more", inside)
		}
		for i := range s.Parallel {
			v.step(&s.Parallel[i], inside, times)
		}
	case "repeat":
		v.step(&s.Repeat.Step, inside+".step", min(times*min(max(s.Repeat.Times, 1), maxSteps+1), maxSteps+1))
	case "load":
		v.load(s.Load, inside, times)
	case "raw":
		v.raw(s, inside)
	}
	if !s.OfClient() {
		for _, key := range []string{"deadline", "cancel_after"} {
			if s.Has(key) {
				v.Add(s.KeySpan(key), "", "%s.%s: it does not apply to %s", path, key, withArticle(operation))
			}
		}
	}
	if g := s.Get; g != nil && g.Has("stop_after") {
		for _, key := range []string{"range", "part", "pause"} {
			if g.Has(key) {
				v.Add(g.KeySpan(key), "", "%s: want either stop_after or %s, got both", inside, key)
			}
		}
	}
	if s.Get != nil && !s.Refused() {
		v.ranged(&s.Get.Block, s.Get.Range, inside)
	}
	if s.Download != nil && !s.Refused() {
		v.ranged(&s.Download.Block, s.Download.Range, inside)
	}
	if read, block := s.Read(); read != nil {
		v.etag(block, "if_match", read.IfMatch, inside)
		v.etag(block, "if_none_match", read.IfNoneMatch, inside)
		if !s.Refused() {
			v.partOf(block, read, inside)
		}
	}
	v.stepRetry(s, path)
	v.target(s, inside)
	v.expect(&s.Expect, scope{path: path + ".expect", steps: []Step{*s}})
}

// withArticle returns the operation as a sentence names it.
func withArticle(operation string) string {
	if operation == "rules" || operation == "raw" {
		return operation
	}
	return "a " + operation
}

// stepRetry checks the retry policy of one step.
func (v *validator) stepRetry(s *Step, path string) {
	switch {
	case !s.Has("retry"):
	case !s.OfClient() || s.inner() > 0:
		v.Add(s.KeySpan("retry"), "", "%s.retry: it does not apply to %s", path, withArticle(s.Operation()))
	case s.Retry != nil && !s.Refused():
		v.retry(&s.Block, s.Retry, path+".retry")
	}
}

// condition checks the precondition of a write.
func (v *validator) condition(b *strictyaml.Block, c Condition, path string) {
	if b.Understood("if_none_match") && c.IfNoneMatch != "*" {
		v.Add(b.ValueSpan("if_none_match"), `write "*"`, "%s.if_none_match: want \"*\"", path)
	}
	if b.Has("if_none_match") && b.Has("if_match") {
		v.Add(b.KeySpan("if_match"), "", "%s: want either if_none_match or if_match, got both", path)
		return
	}
	v.etag(b, "if_match", c.IfMatch, path)
}

// partOf checks which part of an object a step reads.
func (v *validator) partOf(b *strictyaml.Block, read *ReadOptions, path string) {
	if b.Understood("part") && read.Part > maxParts {
		v.Add(b.ValueSpan("part"), "", "%s.part: S3 allows 1 to %d", path, maxParts)
	}
	for _, key := range []string{"range", "version"} {
		if b.Has("part") && b.Has(key) {
			v.Add(b.KeySpan(key), "", "%s: want either part or %s, got both", path, key)
		}
	}
}

// deletion checks the options of a delete.
func (v *validator) deletion(s *Step, path string) {
	d := s.Delete
	v.etag(&d.Block, "if_match", d.IfMatch, path)
	if d.Has("version") && d.Has("if_match") && !s.Refused() {
		v.Add(d.KeySpan("if_match"), "",
			"%s: want either version or if_match, got both: S3 compares the current version only", path)
	}
}

// etag checks an ETag that a step names.
func (v *validator) etag(b *strictyaml.Block, key, etag, path string) {
	if b.Understood(key) && strings.Trim(etag, `"`) == "" {
		v.Add(b.ValueSpan(key), "write current, or an ETag", "%s.%s: it is empty", path, key)
	}
}

// target checks the bucket and the key of an operation. The bucket need not exist, because a drill
// may provoke NoSuchBucket.
func (v *validator) target(s *Step, path string) {
	if block, bucket, key := s.target(); block != nil {
		v.objectName(s, block, bucket, key, path)
	}
}

// objectName checks the keys "bucket" and "key" of a mapping of the step.
func (v *validator) objectName(s *Step, block *strictyaml.Block, bucket, key, path string) {
	v.bucketNamed(block, bucket, path)
	if block.Understood("key") && key == "" && !s.Refused() {
		v.Add(block.ValueSpan("key"), "", "%s.key: it is empty", path)
	}
}

// copyOptions are the keys of a copy's source and target that a move does not have.
var copyOptions = []string{
	"version", "if_match", "if_none_match", "customer_key", "content_type", "content_encoding", "content_language",
	"content_disposition", "cache_control", "storage_class", "metadata", "tags", "checksum", "encryption", "kms_key",
	"kms_context", "bucket_key", "retention", "legal_hold", "metadata_directive", "tagging_directive",
}

// move checks the source of a move.
func (v *validator) move(s *Step, path string) {
	m := s.Move
	v.objectName(s, &m.From.Block, m.From.Bucket, m.From.Key, path+".from")
	for at, b := range map[string]*strictyaml.Block{".from.": &m.From.Block, ".to.": &m.To.Block} {
		for _, key := range copyOptions {
			if b.Has(key) {
				v.Add(b.KeySpan(key), "", "%s%s%s: it applies to copy only", path, at, key)
			}
		}
	}
	if m.From.Key != "" && m.From.Bucket == m.To.Bucket && m.From.Key == m.To.Key && !s.Refused() {
		v.Add(m.From.KeySpan("key"), "", "%s: source and target are the same object: want two", path)
	}
}

// keys checks the keys of a delete_many.
func (v *validator) keys(s *Step, path string) {
	d := s.DeleteMany
	if s.Refused() {
		return
	}
	if d.Understood("keys") && len(d.Keys) == 0 {
		v.Add(d.ValueSpan("keys"), "", "%s.keys: the list is empty: want one key or more", path)
	}
	for i, key := range d.Keys {
		if key == "" {
			v.Add(d.ItemSpan("keys", i), "", "%s.keys: a key is empty", path)
		}
	}
}

// count returns the number of steps with one of these operations. A step inside a repeat counts
// once.
func count(steps []Step, operations ...string) int {
	n := 0
	eachStep(steps, func(s *Step) {
		if slices.Contains(operations, s.Operation()) {
			n++
		}
	})
	return n
}
