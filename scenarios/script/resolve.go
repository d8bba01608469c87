package script

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// labels are the keys of texts for human readers. They hold no placeholders.
var labels = []string{"name", "description", "tags"}

// Resolve returns a copy of the scenario with the placeholders in its texts replaced by their
// values, and `$${` by `${`. It calls value with the name of each placeholder that occurs. Names,
// the description and tags stay unchanged.
func (s *Scenario) Resolve(value func(name string) string) *Scenario {
	if s.Source != nil && !bytes.Contains(s.Source, []byte("${")) && !bytes.Contains(s.Source, []byte(`\`)) {
		return s // a YAML escape may hide a placeholder, so a backslash counts too
	}
	r := resolver{value: value, names: placeholders}
	return r.resolve(reflect.ValueOf(s)).Interface().(*Scenario)
}

// ResolveTurn returns a copy of a step of a load with the placeholders in its texts replaced. It
// calls value as [Scenario.Resolve] does, also with [PlaceWorker] and [PlaceN].
func (s *Step) ResolveTurn(value func(name string) string) *Step {
	r := resolver{value: value, names: loadPlaceholders}
	return r.resolve(reflect.ValueOf(s)).Interface().(*Step)
}

// Folder returns the absolute path of the folder with the scenario's file. For a scenario without a
// file, such as one from standard input or the catalog, it returns the current directory.
func (s *Scenario) Folder() (string, error) {
	if s.File == "" || s.Family() != idOf(s.File) {
		return os.Getwd()
	}
	return filepath.Abs(filepath.Dir(s.File))
}

// resolver copies values and replaces their texts.
type resolver struct {
	value func(name string) string
	names []string // of the placeholders
}

func (r resolver) resolve(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		text := reflect.New(v.Type()).Elem()
		text.SetString(replace(v.String(), r.names, r.value))
		return text
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v
		}
		if v.Kind() == reflect.Interface {
			return r.resolve(v.Elem())
		}
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(r.resolve(v.Elem()))
		return copied
	case reflect.Slice:
		return r.list(v)
	case reflect.Map:
		return r.mapping(v)
	case reflect.Struct:
		copied := r.fields(v)
		if v.Type() == reflect.TypeFor[Workload]() {
			return v // each turn resolves the steps; value has seen the placeholders that they need
		}
		return copied
	}
	return v
}

func (r resolver) list(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		copied.Index(i).Set(r.resolve(v.Index(i)))
	}
	return copied
}

func (r resolver) mapping(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	copied := reflect.MakeMapWithSize(v.Type(), v.Len())
	for key, value := range v.Seq2() {
		copied.SetMapIndex(key, r.resolve(value))
	}
	return copied
}

func (r resolver) fields(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		read := key != "-" && !slices.Contains(labels, key) || field.Type == reflect.TypeFor[faultproxy.Fault]()
		if field.IsExported() && read {
			copied.Field(i).Set(r.resolve(v.Field(i)))
		}
	}
	return copied
}

// trimWorkdir removes `${workdir}/` from the paths that are relative to the work directory.
func (s *Scenario) trimWorkdir() {
	trim := func(path *string) { *path = strings.TrimPrefix(*path, "${"+PlaceWorkdir+"}/") }
	for i := range s.Files {
		trim(&s.Files[i].Path)
	}
	for i := range s.ChangeFile {
		trim(&s.ChangeFile[i].Path)
	}
	s.eachIntent(func(i *Intent) { i.eachPath(trim) })
	s.Expect.eachPath(trim)
	s.EachStep(func(step *Step) {
		if step.Download != nil {
			trim(&step.Download.To)
		}
		for _, upload := range []*Upload{step.Upload, step.Resume} {
			if upload != nil {
				trim(&upload.From)
				trim(&upload.ResumeFile)
			}
		}
		step.Expect.eachPath(trim)
	})
}

// eachPath calls f for every path below the work directory.
func (e *Expect) eachPath(f func(path *string)) {
	for i := range e.Files {
		f(&e.Files[i].Path)
		if same := e.Files[i].SameAs; same != nil {
			f(&same.File)
		}
	}
	for i := range e.Objects {
		if same := e.Objects[i].SameAs; same != nil {
			f(&same.File)
		}
	}
}
