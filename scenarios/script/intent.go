package script

import (
	"reflect"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Intent is a thing that a program is meant to do. The oracle judges the program by it. Exactly one
// of its operations is set.
type Intent struct {
	strictyaml.Block `yaml:"-"`
	Reads            *Reads    `yaml:"reads"`
	Writes           *Writes   `yaml:"writes"`
	Deletes          *Deletes  `yaml:"deletes"`
	Lists            *Lists    `yaml:"lists"`
	Copies           *Copies   `yaml:"copies"`
	Moves            *Copies   `yaml:"moves"` // a copy that then deletes the source
	Mirrors          *Mirrors  `yaml:"mirrors"`
	Keeps            *Location `yaml:"keeps"` // must not change during the drill
}

// intents are the keys of the operations. An intent has exactly one of them.
var intents = []string{"reads", "writes", "deletes", "lists", "copies", "moves", "mirrors", "keeps"}

// Reads writes an object, or a Range of it, to the file To.
type Reads struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	Range            *Range `yaml:"range"` // nil: the whole object
	To               string `yaml:"to,required"`
}

// Writes stores the file From.
type Writes struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	From             string `yaml:"from,required"`
}

// Deletes deletes an object, or all objects below a prefix.
type Deletes struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key"`
	Prefix           *string `yaml:"prefix"`
}

// Lists prints the keys of a bucket below a prefix.
type Lists struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix"`
	// "lines" ([StdoutLines]), or the path of the keys in a JSON document, such as
	// "Contents[].Key".
	Stdout string `yaml:"stdout,required"`
}

// StdoutLines means that the program prints one key on each line of its output.
const StdoutLines = "lines"

// Copies copies a file to an object, an object to an object, or an object to a file.
type Copies struct {
	strictyaml.Block `yaml:"-"`
	From             Location `yaml:"from,required"`
	To               Location `yaml:"to,required"`
}

// Mirrors makes a folder equal to the objects below a prefix, or the other way round.
type Mirrors struct {
	strictyaml.Block `yaml:"-"`
	From             Location `yaml:"from,required"`
	To               Location `yaml:"to,required"`
	Delete           bool     `yaml:"delete"` // delete from To what From does not have; default false
}

// Location is a file or a folder below the work directory, or an object or a prefix of a bucket. A
// plain text names a file, or the folder of a mirror.
type Location struct {
	strictyaml.Block `yaml:"-"`
	File             string  `yaml:"file"`
	Bucket           string  `yaml:"bucket"`
	Key              string  `yaml:"key"`
	Prefix           *string `yaml:"prefix"`

	plain bool // written as a plain text
}

// decodeNode reads a path, or a mapping that names a file, an object or a prefix.
func (l *Location) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind == yaml.ScalarNode {
		l.plain, l.Place = true, strictyaml.PlaceOf(n)
		return d.Scalar(n, reflect.ValueOf(&l.File).Elem(), path)
	}
	return d.Mapping(n, reflect.ValueOf(l).Elem(), path, nil)
}

// Operation returns the key of the intent's operation, such as "reads". It is empty for an Intent
// without an operation.
func (i *Intent) Operation() string {
	for _, key := range intents {
		if i.Has(key) {
			return key
		}
	}
	return ""
}

// locations returns the files and the S3 places that the intent names as a Location.
func (i *Intent) locations() []*Location {
	switch {
	case i.Copies != nil:
		return []*Location{&i.Copies.From, &i.Copies.To}
	case i.Moves != nil:
		return []*Location{&i.Moves.From, &i.Moves.To}
	case i.Mirrors != nil:
		return []*Location{&i.Mirrors.From, &i.Mirrors.To}
	case i.Keeps != nil:
		return []*Location{i.Keeps}
	}
	return nil
}

// buckets returns the buckets that the intent names.
func (i *Intent) buckets() []string {
	switch {
	case i.Reads != nil:
		return []string{i.Reads.Bucket}
	case i.Writes != nil:
		return []string{i.Writes.Bucket}
	case i.Deletes != nil:
		return []string{i.Deletes.Bucket}
	case i.Lists != nil:
		return []string{i.Lists.Bucket}
	}
	var names []string
	for _, l := range i.locations() {
		names = append(names, l.Bucket)
	}
	return names
}

// eachPath calls f for every path below the work directory.
func (i *Intent) eachPath(f func(path *string)) {
	switch {
	case i.Reads != nil:
		f(&i.Reads.To)
	case i.Writes != nil:
		f(&i.Writes.From)
	}
	for _, l := range i.locations() {
		f(&l.File)
	}
}

// eachIntent calls f for every intent, and for everything that a careless client does.
func (s *Scenario) eachIntent(f func(*Intent)) {
	lists := [][]Intent{s.Intent}
	if c := s.Client.Careless; c != nil {
		lists = append(lists, c.Does)
	}
	for _, list := range lists {
		for i := range list {
			f(&list[i])
		}
	}
}
