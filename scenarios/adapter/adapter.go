package adapter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// An Adapter is the description of one client program.
type Adapter struct {
	strictyaml.Block `yaml:"-"`

	Format   int                `yaml:"adapter,required"` // version of the format: 1
	Name     string             `yaml:"name,required"`
	About    string             `yaml:"about"`
	Requires []string           `yaml:"requires"` // programs that must be on PATH
	Install  string             `yaml:"install"`  // what to do if the client is not there, for people
	Version  Version            `yaml:"version"`
	Env      map[string]string  `yaml:"env"`
	Inherits []string           `yaml:"inherits"` // variables that the program takes over, such as NODE_PATH
	Files    map[string]string  `yaml:"files"`    // texts, by path below the work directory
	Session  strictyaml.Command `yaml:"session"`
	Steps    Steps              `yaml:"steps"`
	Takes    []Verb             `yaml:"takes"`  // the steps that a session understands
	Cannot   map[string]string  `yaml:"cannot"` // by verb, and by Parts and Pages: why the client cannot do it

	// Virtual says that the adapter writes addresses in the style that ${style} names. Otherwise
	// they are always path-style.
	Virtual bool `yaml:"virtual"`
	// WithVirtual applies where addresses are virtual-hosted.
	WithVirtual Settings `yaml:"with_virtual"`
	// WithPartSize applies in drills that want uploads in parts of ${part_size} bytes.
	WithPartSize Settings `yaml:"with_part_size"`
	// Quick applies unless slow drills are played: it makes long back-offs short.
	Quick Settings `yaml:"quick"`
	// LeastPart is the size below which the client makes no parts, in MiB. 0 means that it makes
	// parts of any size.
	LeastPart int `yaml:"least_part_mib"`

	scripts map[string][]byte // the files that ship beside the adapter, by name
	folder  string            // of the user's own adapter
}

// Settings are variables and files that an adapter adds, or that replace its own, in some drills.
type Settings struct {
	strictyaml.Block `yaml:"-"`
	Env              map[string]string `yaml:"env"`
	Files            map[string]string `yaml:"files"`
}

// When says which of an adapter's settings apply in a drill.
type When struct{ Virtual, Parts, Quick bool }

// Settings returns the variables and files of a drill, by name: those of the adapter, with those of
// WithVirtual, WithPartSize and Quick where they apply.
func (a *Adapter) Settings(when When) Settings {
	s := Settings{Env: make(map[string]string), Files: make(map[string]string)}
	add := func(more Settings) {
		maps.Copy(s.Env, more.Env)
		maps.Copy(s.Files, more.Files)
	}
	add(Settings{Env: a.Env, Files: a.Files})
	if when.Virtual {
		add(a.WithVirtual)
	}
	if when.Parts {
		add(a.WithPartSize)
	}
	if when.Quick {
		add(a.Quick)
	}
	return s
}

// Version says how the version of the program is found.
type Version struct {
	strictyaml.Block `yaml:"-"`
	Run              strictyaml.Command `yaml:"run"`
	Match            string             `yaml:"match"` // regular expression; its first group is the version

	match *regexp.Regexp
}

// Steps holds the step of each verb. A nil one means that the adapter has no such step.
type Steps struct {
	strictyaml.Block `yaml:"-"`
	Upload           *Step `yaml:"upload"`
	UploadStream     *Step `yaml:"upload_stream"`
	Download         *Step `yaml:"download"`
	Ranged           *Step `yaml:"ranged"`
	List             *Step `yaml:"list"`
	Delete           *Step `yaml:"delete"`
	DeleteMany       *Step `yaml:"delete_many"`
	Exists           *Step `yaml:"exists"`
	Stat             *Step `yaml:"stat"`
	Copy             *Step `yaml:"copy"`
	Move             *Step `yaml:"move"`
	UploadDir        *Step `yaml:"upload_dir"`
	DownloadDir      *Step `yaml:"download_dir"`
	MirrorUp         *Step `yaml:"mirror_up"`
	MirrorDown       *Step `yaml:"mirror_down"`
}

// Of returns the step of a verb, or nil.
func (s *Steps) Of(verb Verb) *Step {
	return map[Verb]*Step{
		Upload: s.Upload, UploadStream: s.UploadStream, Download: s.Download, Ranged: s.Ranged, List: s.List,
		Delete: s.Delete, DeleteMany: s.DeleteMany, Exists: s.Exists, Stat: s.Stat, Copy: s.Copy, Move: s.Move,
		UploadDir: s.UploadDir, DownloadDir: s.DownloadDir, MirrorUp: s.MirrorUp, MirrorDown: s.MirrorDown,
	}[verb]
}

// A Step says how the program performs one step.
type Step struct {
	strictyaml.Block `yaml:"-"`
	Run              strictyaml.Command `yaml:"run,required"`
	Keys             string             `yaml:"keys"`  // of list: "lines", "json PATH" or "xml PATH"
	Size             string             `yaml:"size"`  // of stat: "text", "json PATH" or "xml PATH"
	False            []int              `yaml:"false"` // of exists: exit codes that mean that the object is missing
}

// A Verb names a step that a client may perform.
type Verb string

// The verbs. Their values for placeholders are those of the scenario's step.
const (
	Upload       Verb = "upload"        // store ${file}
	UploadStream Verb = "upload_stream" // store standard input
	Download     Verb = "download"      // write the object to ${file}
	Ranged       Verb = "ranged"        // write the bytes of ${range}, such as bytes=0-99, to ${file}
	List         Verb = "list"          // print the keys below ${prefix}
	Delete       Verb = "delete"
	DeleteMany   Verb = "delete_many" // delete ${keys}
	Exists       Verb = "exists"
	Stat         Verb = "stat"         // print the size
	Copy         Verb = "copy"         // from ${source_bucket} and ${source_key}
	Move         Verb = "move"         // the same, and delete the source
	UploadDir    Verb = "upload_dir"   // store the files below ${dir} below ${prefix}
	DownloadDir  Verb = "download_dir" // write the objects below ${prefix} to files below ${dir}
	MirrorUp     Verb = "mirror_up"    // as upload_dir, and delete the objects that have no file
	MirrorDown   Verb = "mirror_down"  // as download_dir, and delete the files that have no object
)

// What an adapter may say that its client cannot do, beside the verbs.
const (
	Parts = "parts" // send an object in parts
	Pages = "pages" // list in pages of a size
)

// Verbs returns all verbs, in the order of the documentation.
func Verbs() []Verb {
	return []Verb{
		Upload, UploadStream, Download, Ranged, List, Delete, DeleteMany, Exists, Stat, Copy, Move,
		UploadDir, DownloadDir, MirrorUp, MirrorDown,
	}
}

// Lacks returns why the client cannot perform a step, or "" if it can.
func (a *Adapter) Lacks(verb Verb) string {
	switch reason := a.Cannot[string(verb)]; {
	case reason != "":
		return a.Name + " cannot " + string(verb) + ": " + reason
	case a.Steps.Of(verb) != nil, slices.Contains(a.Takes, verb):
		return ""
	}
	return "the adapter of " + a.Name + " has no " + string(verb)
}

// LacksParts returns why the client cannot send an object in parts of a size, in bytes, or "" if it
// can.
func (a *Adapter) LacksParts(size int64) string {
	if reason := a.Cannot[Parts]; reason != "" {
		return a.Name + " cannot send an object in parts: " + reason
	}
	const mib = 1 << 20
	if size < int64(a.LeastPart)*mib {
		return fmt.Sprintf("%s makes no parts below %d MiB, and the drill wants %d bytes", a.Name, a.LeastPart, size)
	}
	return ""
}

// LacksPages returns why the client cannot list in pages of a size, or "" if it can.
func (a *Adapter) LacksPages() string {
	if reason := a.Cannot[Pages]; reason != "" {
		return a.Name + " cannot list in pages of a size: " + reason
	}
	if step := a.Steps.List; step != nil && !step.uses("max_keys") {
		return "the adapter of " + a.Name + " lists in pages of the client's own size"
	}
	return ""
}

// LacksRange returns why the client cannot read a range, or "" if it can. A range with one end,
// such as the last 100 bytes, has no first byte, last byte and count.
func (a *Adapter) LacksRange(bothEnds bool) string {
	step := a.Steps.Ranged
	if step == nil || bothEnds {
		return ""
	}
	if slices.ContainsFunc([]string{"first", "last", "count"}, step.uses) {
		return "the adapter of " + a.Name + " reads only ranges with a first and a last byte"
	}
	return ""
}

// Scripts returns the files that ship beside the adapter, by name. A command finds them below
// ${scripts}.
func (a *Adapter) Scripts() map[string][]byte { return a.scripts }

// Folder returns the absolute folder of the user's own adapter, which ${scripts} then names. It is
// empty for an adapter that ships with the project.
func (a *Adapter) Folder() string { return a.folder }

// IsVerb reports whether there is a verb of that name.
func IsVerb(name string) bool { return slices.Contains(Verbs(), Verb(name)) }
