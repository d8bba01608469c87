package catalog_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestCanonicalTextOfEachDrillReadsBackAsTheSameDrill(t *testing.T) {
	files, err := readAll()
	require.NoError(t, err)
	for i, cases := range files {
		if racing.On && i%4 != 0 {
			continue
		}
		for _, s := range []*script.Scenario{cases[0], cases[len(cases)-1]} { // those between differ in data
			text, err := s.Marshal()
			require.NoError(t, err, s.ID)
			read, err := script.Parse("canonical.yaml", text)
			require.NoError(t, err, "%s\n%s", s.ID, text)
			require.Equal(t, meaning(s), meaning(read), s.ID)
			again, err := read.Marshal()
			require.NoError(t, err, s.ID)
			require.Equal(t, string(text), string(again), s.ID)
			require.NotRegexp(t, `(?m)^\s*#|\s#\s`, string(text), "%s has a comment", s.ID)
		}
	}
}

// meaning prints all values of a scenario except those that say where something stands.
func meaning(s *script.Scenario) string {
	plain := *s
	plain.ID, plain.File, plain.Source, plain.Case, plain.Warnings = "", "", nil, script.Case{}, nil
	var b strings.Builder
	describe(&b, reflect.ValueOf(plain))
	return b.String()
}

func describe(b *strings.Builder, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[strictyaml.Block](), v.Type() == reflect.TypeFor[strictyaml.Place](),
		v.Type() == reflect.TypeFor[strictyaml.Trail]():
		return
	case v.Type() == reflect.TypeFor[script.Fault]():
		fmt.Fprintln(b, v.FieldByName("Rule"))
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil ")
			return
		}
		describe(b, v.Elem())
	case reflect.Slice:
		fmt.Fprintf(b, "%d[", v.Len())
		for i := range v.Len() {
			describe(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name + ":")
			describe(b, v.Field(i))
		}
	default:
		fmt.Fprintf(b, "%v ", v)
	}
}
