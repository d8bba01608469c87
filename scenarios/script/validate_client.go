package script

import (
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// The sizes that S3 allows for all parts but the last, and the SDK's upload manager sends.
const (
	smallestPart Size = 5 << 20
	largestPart  Size = 5 << 30
)

func (v *validator) client() {
	s, c := v.s, &v.s.Client
	if !v.exactlyOne(&c.Block, "client", "builtin", "sdk", "careless", "run") {
		return
	}
	if s.Has("start_timeout") && !c.Has("run") && !s.Has("conformance") {
		v.Add(s.KeySpan("start_timeout"), "", "start_timeout: it applies to run clients and conformance only")
	}
	if c.Has("env") && !c.Has("run") {
		v.Add(c.KeySpan("env"), "", "client.env: it applies to a run client only")
	}
	for _, name := range sortedKeys(c.Env) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(c.Env[name], 0) {
			v.Add(c.ValueSpan("env"), "", "client.env: %q cannot stand in an environment", strictyaml.Short(name))
		}
	}
	switch {
	case c.Has("run"):
		if c.Understood("run") && c.Run.Shell != "" {
			v.shell(c.Run, c.Env)
			v.shellVariables(c.Run)
		}
		if s.Understood("clock") && s.Clock == Virtual {
			v.Add(s.ValueSpan("clock"), "", "clock: a program runs in real time")
		}
		if s.Has("steps") {
			v.Add(s.KeySpan("steps"), "", "steps: a run client takes no steps: its program decides what it sends")
		}
	case c.Program():
		if s.Has("steps") {
			v.Add(s.KeySpan("steps"), "", "steps: this client has client.careless.does in place of steps")
		}
	case !s.Has("steps") && s.HasUnknown(): // an unknown key may be a misspelt "steps"
	case !s.Has("steps"):
		v.Add(c.KeySpan(c.Kind()), "", "a drill of the %s client needs steps", c.Kind())
	case s.Understood("steps") && len(s.Steps) == 0:
		v.Add(s.KeySpan("steps"), "", "steps: the list is empty: want one step or more")
	}
	if c.Builtin != nil {
		v.builtin(c.Builtin)
	}
	if c.SDK != nil {
		v.sdk(c.SDK)
	}
	if c.Credentials != nil {
		v.credentials(c.Credentials)
	}
}

func (v *validator) sdk(s *SDK) {
	v.partSize(&s.Block, "part_size", s.PartSize, smallestPart, "client.sdk.part_size")
	if s.Has("concurrency") && !s.Has("part_size") {
		v.Add(s.KeySpan("concurrency"), "", "client.sdk.concurrency: it applies to parts only: want a part_size")
	}
}

// leastPart is the least part that the server takes.
func (v *validator) leastPart() Size {
	if v.s.Server.Understood("min_part_size") {
		return v.s.Server.MinPartSize
	}
	return smallestPart
}

// partSize checks the size of the parts of an upload or of a copy.
func (v *validator) partSize(b *strictyaml.Block, key string, size, least Size, path string) {
	if b.Understood(key) && (size < least || size > largestPart) {
		hint := ""
		if least < smallestPart {
			hint = "server.min_part_size bounds it"
		}
		v.Add(b.ValueSpan(key), hint, "%s: S3 allows parts from %v to %v", path, least, largestPart)
	}
}

// uploadParts checks what bounds the parts of an upload.
func (v *validator) uploadParts(b *Builtin) {
	if b.Understood("max_parts") && b.MaxParts > maxParts {
		v.Add(b.ValueSpan("max_parts"), "", "client.builtin.max_parts: S3 allows 1 to %d", maxParts)
	}
	switch {
	case b.Has("stream_memory") && !b.Has("part_size"):
		v.Add(b.KeySpan("stream_memory"), "", "client.builtin.stream_memory: want a part_size beside it")
	case b.Understood("stream_memory") && b.StreamMemory < b.PartSize:
		v.Add(b.ValueSpan("stream_memory"), "", "client.builtin.stream_memory: want part_size or more, %v", b.PartSize)
	}
}

func (v *validator) builtin(b *Builtin) {
	if v.s.RefusesClient() {
		return
	}
	v.uploadParts(b)
	v.partSize(&b.Block, "part_size", b.PartSize, v.leastPart(), "client.builtin.part_size")
	v.partSize(&b.Block, "copy_part_size", b.CopyPartSize, v.leastPart(), "client.builtin.copy_part_size")
	v.retry(&b.Block, &b.Retry, "client.builtin.retry")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
