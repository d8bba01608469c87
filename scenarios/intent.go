package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file turns the intents of a program into acts for the oracle, after the program has ended.
// All acts start and end with the drill, and share the program's exit status.

// An intender builds the acts of one drill.
type intender struct {
	o      *outcome
	before map[string][]byte // the files that the scenario declares, by path
	acts   []*oracle.Act
	line   int   // line of the current intent
	err    error // a file could not be read
}

// errFailed is the error of every act of a program that failed. The exit status gives no cause.
var errFailed = errors.New("the program failed")

// intended returns the acts of the scenario's intents. The error means that the work directory
// cannot be read.
func (o *outcome) intended() ([]*oracle.Act, error) {
	if len(o.scenario.Intent) == 0 {
		return nil, nil
	}
	in := &intender{o: o, before: make(map[string][]byte)}
	for name, content := range o.files {
		in.before[path.Clean(name)] = content
		if later := o.world.changes.later(name); len(later) > 0 {
			in.before[path.Clean(name)] = later[len(later)-1] // the program is to keep what the drill wrote
		}
	}
	for i := range o.scenario.Intent {
		in.line = o.scenario.Intent[i].Line
		in.intent(&o.scenario.Intent[i])
	}
	for _, a := range in.acts {
		a.End, a.Until, a.Done = o.ended, math.MaxInt64, true
		if o.program.exit != 0 {
			a.Err = errFailed
		}
	}
	return in.acts, in.err
}

func (in *intender) intent(i *script.Intent) {
	switch {
	case i.Reads != nil:
		r := i.Reads
		in.download(r.Bucket, r.Key, r.To).Range = r.Range
	case i.Writes != nil:
		in.upload(i.Writes.Bucket, i.Writes.Key, i.Writes.From)
	case i.Deletes != nil && i.Deletes.Prefix != nil:
		for _, o := range in.below(i.Deletes.Bucket, *i.Deletes.Prefix) {
			in.add(&oracle.Act{Operation: "delete", Bucket: o.Bucket, Key: o.Key})
		}
	case i.Deletes != nil:
		in.add(&oracle.Act{Operation: "delete", Bucket: i.Deletes.Bucket, Key: i.Deletes.Key})
	case i.Lists != nil:
		in.add(&oracle.Act{
			Operation: "list", Bucket: i.Lists.Bucket, Prefix: i.Lists.Prefix,
			Keys: listed(in.o.program.stdout.String(), i.Lists.Stdout, i.Lists.Prefix),
		})
	case i.Copies != nil:
		in.copies(i.Copies)
		in.keeps(&i.Copies.From)
	case i.Moves != nil:
		to := in.copies(i.Moves)
		to.From = in.vanishes(&i.Moves.From)
	case i.Mirrors != nil:
		in.mirrors(i.Mirrors)
	case i.Keeps != nil:
		in.keeps(i.Keeps)
	}
}

func (in *intender) add(a *oracle.Act) *oracle.Act {
	a.Line = in.line
	in.acts = append(in.acts, a)
	return a
}

func (in *intender) upload(bucket, key, from string) *oracle.Act {
	a := &oracle.Act{Operation: "upload", Bucket: bucket, Key: key, Content: in.content(from)}
	if later := in.o.world.changes.later(from); len(later) > 0 {
		a.Content, a.Later = in.o.files[from], later
	}
	return in.add(a)
}

func (in *intender) download(bucket, key, to string) *oracle.Act {
	f := in.file(to)
	return in.add(&oracle.Act{Operation: "download", Bucket: bucket, Key: key, File: f, Content: f.After})
}

// file returns the content of a file before and after the drill.
func (in *intender) file(name string) *oracle.File {
	name = path.Clean(name)
	after, err := contentAt(filepath.Join(in.o.workdir, filepath.FromSlash(name)))
	if err != nil {
		in.err = errors.Join(in.err, fmt.Errorf("read a file of the intents: %w", err))
	}
	return &oracle.File{Path: name, Before: in.before[name], After: after}
}

// content returns what a file held when the drill began. For a file that the program created, it
// returns what the file holds at the end.
func (in *intender) content(name string) []byte {
	f := in.file(name)
	if f.Before != nil {
		return f.Before
	}
	return f.After
}

// copies adds the act that creates the target.
func (in *intender) copies(c *script.Copies) *oracle.Act {
	switch from, to := &c.From, &c.To; {
	case to.Bucket == "":
		return in.download(from.Bucket, from.Key, to.File)
	case from.Bucket == "":
		return in.upload(to.Bucket, to.Key, from.File)
	default:
		return in.add(&oracle.Act{
			Operation: "copy", Bucket: to.Bucket, Key: to.Key,
			Source: &oracle.Source{Bucket: from.Bucket, Key: from.Key},
		})
	}
}

// below returns the objects that were below a prefix when the drill began.
func (in *intender) below(bucket, prefix string) []script.Object {
	var list []script.Object
	for _, o := range in.o.scenario.Objects {
		if o.Bucket == bucket && strings.HasPrefix(o.Key, prefix) && !o.Deleted {
			list = append(list, o)
		}
	}
	return list
}

func (in *intender) keeps(l *script.Location) {
	if l.Bucket == "" {
		in.add(&oracle.Act{Operation: "keep", File: in.file(l.File)})
		return
	}
	in.add(&oracle.Act{Operation: "keep", Bucket: l.Bucket, Key: l.Key})
}

// vanishes adds the act that removes the source of a move.
func (in *intender) vanishes(l *script.Location) *oracle.Act {
	if l.Bucket == "" {
		return in.add(&oracle.Act{Operation: "remove", File: in.file(l.File)})
	}
	return in.add(&oracle.Act{Operation: "delete", Bucket: l.Bucket, Key: l.Key})
}

// mirrors adds an act for each file or object of the source, and one for each of the target that is
// missing in the source.
func (in *intender) mirrors(m *script.Mirrors) {
	up := m.From.Bucket == ""
	tree, objects := &m.From, &m.To
	if !up {
		tree, objects = &m.To, &m.From
	}
	dir, prefix := path.Clean(tree.File)+"/", ""
	if objects.Prefix != nil && *objects.Prefix != "" {
		prefix = strings.TrimSuffix(*objects.Prefix, "/") + "/"
	}
	inTree, inBucket := make(map[string]bool), make(map[string]bool)
	for name := range in.before {
		if rest, ok := strings.CutPrefix(name, dir); ok {
			inTree[rest] = true
		}
	}
	for _, o := range in.below(objects.Bucket, prefix) {
		inBucket[strings.TrimPrefix(o.Key, prefix)] = true
	}
	all := maps.Clone(inTree)
	maps.Copy(all, inBucket)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		file, object := &script.Location{File: dir + name}, &script.Location{Bucket: objects.Bucket, Key: prefix + name}
		source, target := file, object
		if !up {
			source, target = object, file
		}
		switch inSource := up && inTree[name] || !up && inBucket[name]; {
		case inSource:
			in.copies(&script.Copies{From: *source, To: *target})
			in.keeps(source)
		case m.Delete:
			in.vanishes(target)
		default:
			in.keeps(target)
		}
	}
}
