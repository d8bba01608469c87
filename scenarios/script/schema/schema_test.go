package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/script/schema"
	"github.com/s3chaos/s3chaos/scenarios/starter"
)

var update = flag.Bool("update", false, "rewrite scenario.json")

func TestFileIsTheSchemaOfTheDecoder(t *testing.T) {
	text, err := schema.JSON()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("scenario.json", text, 0o644))
	}
	kept, err := os.ReadFile("scenario.json")
	require.NoError(t, err)
	require.Equal(t, string(text), string(kept), "go test ./scenarios/script/schema -update rewrites it")
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("scenario.json")
	require.NoError(t, err)
	return s
}

// document returns a YAML document as an editor gives it to a validator of JSON Schema.
func document(t *testing.T, text []byte) any {
	t.Helper()
	var root yaml.Node
	require.NoError(t, yaml.Load(text, &root))
	node := &root
	if node.Kind == yaml.DocumentNode {
		node = node.Content[0]
	}
	return valueOf(node)
}

func valueOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = valueOf(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, valueOf(item))
		}
		return list
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return json.Number(n.Value)
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!null":
		return nil
	}
	return n.Value
}

func TestSchemaAcceptsEveryGoodScenario(t *testing.T) {
	s := compiled(t)
	for _, entry := range catalog.All() {
		require.NoError(t, s.Validate(document(t, entry.Source)), entry.ID)
	}
	starters, err := starter.All()
	require.NoError(t, err)
	for _, one := range starters {
		require.NoError(t, s.Validate(document(t, one.Text)), one.Kind)
	}
	var files []string
	for _, pattern := range []string{"../testdata/*.yaml", "../../drilltest/testdata/drills/*.yaml"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = script.ParseAll(file, text)
		require.NoError(t, err)
		require.NoError(t, s.Validate(document(t, text)), file)
	}
}

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

func TestSchemaAcceptsTheExamplesOfTheFormat(t *testing.T) {
	s, accepted := compiled(t), 0
	for _, file := range []string{"../../FORMAT.md", "../../../README.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, block := range yamlBlock.FindAllSubmatch(text, -1) {
			if _, err := script.ParseAll(file, block[1]); err != nil {
				continue // a list of words, or a part of a scenario
			}
			require.NoError(t, s.Validate(document(t, block[1])), "%s", block[1])
			accepted++
		}
	}
	require.GreaterOrEqual(t, accepted, 2)
}

const good = `version: 1
name: n
objects: [{bucket: demo, key: a, size: 1KiB}]
client: {builtin: {retry: {max_attempts: 3}}}
steps: [{download: {bucket: demo, key: a}}]
faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503}}]
expect: {attempts: 2, waits: [{min: 1s}]}
`

// change returns the good scenario with one text replaced by another.
func change(t *testing.T, what string) []byte {
	t.Helper()
	from, to, found := strings.Cut(what, " → ")
	require.True(t, found, what)
	require.Contains(t, good, from)
	return []byte(strings.Replace(good, from, to, 1))
}

func TestSchemaAndDecoderRefuse(t *testing.T) {
	s := compiled(t)
	require.NoError(t, s.Validate(document(t, []byte(good))))
	for _, what := range []string{
		"version: 1 → version: 2", "name: n → title: n", "name: n\n → ",
		"client: {builtin: {retry: {max_attempts: 3}}}\n → ",
		"size: 1KiB → size: [1]", "bucket: demo, → ", "max_attempts: 3 → max_attempts: three",
		"max_attempts: 3 → max_attempts: -3", "max_attempts: 3 → max_attemptz: 3", "max_attempts: 3 → jitter: fulll",
		"operation: GetObject → operation: GetObjekt", "times: 1 → times: once", "download: → downloadd:",
		"respond: {status: 503} → respond: {status: 503}, timeout: {}", "respond: {status: 503} → optional: true",
		"{status: 503} → {stat: 503}", "attempts: 2 → attempts: {min: 1, max: 2}", "min: 1s → min: 3 parsecs",
		"min: 1s → min: 5", "attempts: 2 → attempts: {least: 2}", "expect: {attempts: 2 → expect: {outcome: good",
		"name: n → name: 7", "faults: [ → faults: [7, ", "times: 1 → during: [1s]", "times: 1 → probability: often",
	} {
		text := change(t, what)
		_, err := script.ParseAll("f.yaml", text)
		require.Error(t, err, what)
		require.Error(t, s.Validate(document(t, text)), what)
	}
}

// Each mistake of the list in the README, that the schema does not see and the decoder does.
func TestMistakesThatOnlyTheDecoderSees(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	s := compiled(t)
	for mistake, what := range map[string]string{
		"no client, or two":                              "client: {builtin → client: {sdk: {}, builtin",
		"a step without an operation, or with two":       "download: {bucket: demo, key: a} → name: n",
		"a placeholder without a matrix":                 "times: 1 → times: \"${n}\"",
		"an undeclared name":                             "a}}] → a}}, {upload: {bucket: b, key: a, from: f}}]",
		"a number or a text out of its range":            "status: 503 → status: 99",
		"a bad size, range or pattern":                   "size: 1KiB → size: 1XiB",
		"a word of a fault":                              "respond: {status: 503} → dns: nowhere",
		"keys that exclude each other":                   "respond: {status: 503} → dns: nxdomain, chain: true",
		"keys that apply to another client":              "expect: {attempts: 2 → expect: {exit_code: 1",
		"a list or a text that is empty":                 "name: n → name: \"\"",
		"zero in place of a missing number":              "max_attempts: 3 → max_attempts: 0",
		"a key that is there twice, an anchor, an alias": "name: n → name: &a n",
		"`between` with the highest first":               "attempts: 2 → attempts: {between: [3, 1]}",
	} {
		text := change(t, what)
		_, err := script.ParseAll("f.yaml", text)
		require.Error(t, err, what)
		require.NoError(t, s.Validate(document(t, text)), "the schema sees it now, take it from the list: %s", what)
		require.True(t, bytes.Contains(readme, []byte("\n- "+mistake)), "README.md lacks %q", mistake)
	}
	require.Equal(t, 13, bytes.Count(readme, []byte("\n- ")))
}
