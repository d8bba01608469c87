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

// labels are the keys whose texts are for readers: they hold no placeholders.
var labels = []string{"name", "description", "tags"}

// Resolve returns a copy of the scenario in which every text has the values of its placeholders,
// and `${` for `$${`. value is called with the name of each placeholder that is used. Names, the
// description and tags stay as they are.
func (s *Scenario) Resolve(value func(name string) string) *Scenario {
	if s.Source != nil && !bytes.Contains(s.Source, []byte("${")) && !bytes.Contains(s.Source, []byte(`\`)) {
		return s // an escape of YAML may hide a placeholder
	}
	r := resolver{value: value}
	return r.resolve(reflect.ValueOf(s)).Interface().(*Scenario)
}

// Folder is the folder of the scenario's file, as an absolute path. A scenario that has no file of
// its own, such as one from standard input or of the catalog, has the current directory.
func (s *Scenario) Folder() (string, error) {
	if s.File == "" || s.ID != idOf(s.File) {
		return os.Getwd()
	}
	return filepath.Abs(filepath.Dir(s.File))
}

// resolver copies values with their texts replaced.
type resolver struct {
	value func(name string) string
}

func (r resolver) resolve(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		text := reflect.New(v.Type()).Elem()
		text.SetString(replace(v.String(), r.value))
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
		return r.fields(v)
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

// trimWorkdir takes `${workdir}/` off the paths that are relative to the work directory anyway.
func (s *Scenario) trimWorkdir() {
	trim := func(path *string) { *path = strings.TrimPrefix(*path, "${"+PlaceWorkdir+"}/") }
	for i := range s.Files {
		trim(&s.Files[i].Path)
	}
	s.eachIntent(func(i *Intent) { i.eachPath(trim) })
	s.Expect.eachPath(trim)
	s.EachStep(func(step *Step) {
		if step.Download != nil {
			trim(&step.Download.To)
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
