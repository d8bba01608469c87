package script

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// ChangeFile rewrites a declared file while the client works. Exactly one of AtByte and When is
// set, and one of Content and Size.
type ChangeFile struct {
	strictyaml.Block `yaml:"-"`
	Path             string        `yaml:"path,required"`
	AtByte           *Size         `yaml:"at_byte"`       // of the body of the first request that sends the file
	Part             int           `yaml:"part,positive"` // with AtByte: of this part of an upload; default 1
	When             time.Duration `yaml:"when,positive"` // scenario time
	Size             Size          `yaml:"size"`
	Content          *string       `yaml:"content"`
	// KeepTime leaves the modification time as it was, as programs do that copy files with their
	// times.
	KeepTime bool `yaml:"keep_time"`
}

// FileChanges are the changes of files of a drill: one, or a list.
type FileChanges []ChangeFile

// decodeNode reads one change or a list of changes.
func (c *FileChanges) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	return oneOrMore(d, n, (*[]ChangeFile)(c), path)
}

// Bytes returns the content of the file after the change in a drill with that seed.
func (c *ChangeFile) Bytes(seed uint64) []byte {
	return contentOf(c.Content, seed, c.Size, "change", c.Path)
}

func (v *validator) changes() {
	s := v.s
	if s.Understood("change_file") && len(s.ChangeFile) == 0 {
		v.Add(s.ValueSpan("change_file"), "leave it out", "change_file: the list is empty")
	}
	sent := v.sentFiles()
	for i := range s.ChangeFile {
		c := &s.ChangeFile[i]
		v.content(&c.Block, "change_file", "change_file", c.Size)
		v.exactlyOne(&c.Block, "change_file", "at_byte", "when")
		if c.Has("part") && !c.Has("at_byte") {
			v.Add(c.KeySpan("part"), "", "change_file.part: it applies to at_byte only")
		}
		if c.Understood("when") && c.When >= s.Timeout {
			v.Add(c.ValueSpan("when"), "", "change_file.when: %v: want less than the timeout of %v", c.When, s.Timeout)
		}
		at := c.ValueSpan("path")
		if !c.Understood("path") || !v.known(at, c.Path, v.declaredFiles(), "change_file.path", "file") {
			continue
		}
		if s.Client.Decoded() && !s.Client.Program() && !sent[c.Path] {
			v.Add(at, "upload: {bucket: b, key: k, from: "+c.Path+"}",
				"change_file.path: no step uploads %q", strictyaml.Short(c.Path))
		}
	}
}

// declaredFiles returns the paths of the files that the scenario declares.
func (v *validator) declaredFiles() []string {
	var names []string
	for _, f := range v.s.Files {
		names = append(names, f.Path)
	}
	return names
}

// sentFiles returns the paths of the files that steps upload.
func (v *validator) sentFiles() map[string]bool {
	sent := make(map[string]bool)
	eachStep(v.s.Steps, func(s *Step) {
		for _, u := range []*Upload{s.Upload, s.Resume} {
			if u != nil && u.From != "" {
				sent[u.From] = true
			}
		}
	})
	return sent
}
