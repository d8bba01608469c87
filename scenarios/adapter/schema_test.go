package adapter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// accepted reports whether schema.json accepts the YAML text.
func accepted(t *testing.T, text string) error {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	require.NoError(t, err)
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value), "%s", text)
	data, err := json.Marshal(withTextKeys(value))
	require.NoError(t, err)
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return schema.Validate(instance)
}

// withTextKeys makes each key a text, as editors do that know YAML: `false` is a key of exists.
func withTextKeys(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = withTextKeys(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withTextKeys(v[key])
		}
	case map[any]any:
		texts := make(map[string]any, len(v))
		for key := range v {
			texts[fmt.Sprint(key)] = withTextKeys(v[key])
		}
		return texts
	}
	return value
}

func TestSchemaAcceptsTheAdaptersOfTheProject(t *testing.T) {
	files, err := filepath.Glob("clients/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(adapter.Names()))
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, accepted(t, string(data)), file)
	}
}

// The schema and the decoder have the same opinion of each text, but for those that only the
// decoder can refuse.
func TestSchemaAgreesWithTheDecoder(t *testing.T) {
	const (
		head  = "adapter: 1\nname: x\n"
		whole = head + "steps: {delete: {run: [a]}}\n"
	)
	for text, want := range map[string]string{
		whole:                                    "both accept",
		head + "steps: {delete: {run: 'a b'}}\n": "both accept",
		head + "session: [a]\ntakes: [upload, mirror_up]\ncannot: {list: x}\n":   "both accept",
		head + "steps: {list: {run: [a], keys: 'json A[].B'}}\n":                 "both accept",
		head + "steps: {exists: {run: [a], false: [1, 44]}}\n":                   "both accept",
		whole + "inherits: [NODE_PATH]\ninstall: pip\nfiles: {.rc: t}\n":         "both accept",
		whole + "version: {run: [a], match: 'v(.*)'}\nenv: {A: '${endpoint}'}\n": "both accept",

		"name: x\nsteps: {delete: {run: [a]}}\n":               "both refuse",
		"adapter: 2\nname: x\nsteps: {delete: {run: [a]}}\n":   "both refuse",
		"adapter: 1\nname: a/b\nsteps: {delete: {run: [a]}}\n": "both refuse",
		head:                                                "both refuse",
		head + "session: [a]\n":                             "both refuse",
		head + "session: [a]\ntakes: []\n":                  "both refuse",
		head + "session: [a]\ntakes: [fly]\n":               "both refuse",
		whole + "session: [a]\n":                            "both refuse",
		whole + "takes: [list]\n":                           "both refuse",
		whole + "colour: red\n":                             "both refuse",
		whole + "cannot: {fly: x}\n":                        "both refuse",
		whole + "version: {run: [a]}\n":                     "both refuse",
		whole + "inherits: [AWS_PROFILE]\n":                 "both refuse",
		whole + "inherits: ['A=b']\n":                       "both refuse",
		head + "steps: {delete: {run: []}}\n":               "both refuse",
		head + "steps: {delete: {}}\n":                      "both refuse",
		head + "steps: {fly: {run: [a]}}\n":                 "both refuse",
		head + "steps: {list: {run: [a]}}\n":                "both refuse",
		head + "steps: {stat: {run: [a], size: words}}\n":   "both refuse",
		head + "steps: {delete: {run: [a], keys: lines}}\n": "both refuse",
		head + "steps: {delete: {run: [a], false: [1]}}\n":  "both refuse",
		head + "steps: {exists: {run: [a], false: [0]}}\n":  "both refuse",

		head + "steps: {delete: {run: [\"${kye}\"]}}\n": "only the decoder refuses",
		whole + "cannot: {delete: x}\n":                 "only the decoder refuses",
		whole + "version: {run: [a], match: x}\n":       "only the decoder refuses",
		whole + "version: {run: [a], match: '('}\n":     "only the decoder refuses",
	} {
		schema := accepted(t, text)
		_, decoder := adapter.Parse("own.yaml", []byte(text))
		got := "both accept"
		switch {
		case schema != nil && decoder != nil:
			got = "both refuse"
		case schema != nil:
			got = "only the schema refuses"
		case decoder != nil:
			got = "only the decoder refuses"
		}
		require.Equal(t, want, got, "%s\nschema: %v\ndecoder: %v", text, schema, decoder)
	}
}

func TestSchemaHasEveryKeyOfTheDecoder(t *testing.T) {
	data, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	var schema struct {
		Properties map[string]struct{ Properties map[string]any }
	}
	require.NoError(t, json.Unmarshal(data, &schema))
	require.ElementsMatch(t, keysOf(reflect.TypeFor[adapter.Adapter]()), namesOf(schema.Properties))
	require.ElementsMatch(t, keysOf(reflect.TypeFor[adapter.Steps]()), namesOf(schema.Properties["steps"].Properties))
	require.ElementsMatch(t, keysOf(reflect.TypeFor[adapter.Version]()),
		namesOf(schema.Properties["version"].Properties))
	require.Len(t, schema.Properties["steps"].Properties, len(adapter.Verbs()))
}

// keysOf returns the YAML keys of a type.
func keysOf(kind reflect.Type) []string {
	var keys []string
	for field := range kind.Fields() {
		if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

func namesOf[T any](m map[string]T) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}
