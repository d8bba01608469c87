package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// wholeRun has every field of a header that says which run a report is about.
var wholeRun = report.Header{
	Suite: "drills/", Seeds: "1..9", Drills: 18, Selection: "sha256:5e", Shard: &report.Shard{Index: 1, Of: 2},
}

func TestSchemaAcceptsResultsOfEveryVerdict(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	require.NoError(t, err)
	list := slices.Concat(results(), played(t))
	known := knownFields(t)
	for line := range bytes.Lines(written(t, "json", report.Options{Version: "v1", Host: "h", Run: wholeRun}, list)) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(value), "%s", line)
		for _, field := range fieldsOf(value) {
			require.True(t, known[field], "schema.json does not describe %q", field)
		}
	}
}

func TestSchemaRejectsWhatIsNoResult(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	require.NoError(t, err)
	lines := slices.Collect(bytes.Lines(written(t, "json", report.Options{}, []*scenarios.Result{results()[1]})))
	for field, bad := range map[string]any{
		"verdict": "good", "seed": -1, "clock": "wall", "attempts": "3", "findings": []any{map[string]any{"got": "x"}},
		"groups": []any{map[string]any{"operation": "GetObject", "attempts": []any{}}}, "journal_sha256": "5e",
	} {
		var line map[string]any
		require.NoError(t, json.Unmarshal(lines[1], &line))
		require.NoError(t, schema.Validate(line))
		line[field] = bad
		require.Error(t, schema.Validate(line), field)
		delete(line, field)
		if !slices.Contains([]string{"findings", "groups"}, field) {
			require.Error(t, schema.Validate(line), field)
		}
	}
}

// knownFields returns the names of all properties in the schema.
func knownFields(t *testing.T) map[string]bool {
	known := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for name := range properties {
					known[name] = true
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	var schema any
	require.NoError(t, json.Unmarshal(report.Schema(), &schema))
	walk(schema)
	return known
}

// fieldsOf returns the names of all fields in a line, except the names of operations and verdicts.
func fieldsOf(v any) []string {
	var fields []string
	switch v := v.(type) {
	case map[string]any:
		fields = slices.Collect(maps.Keys(v))
		for name, inner := range v {
			if name != "requests" && name != "verdicts" {
				fields = append(fields, fieldsOf(inner)...)
			}
		}
	case []any:
		for _, inner := range v {
			fields = append(fields, fieldsOf(inner)...)
		}
	}
	return fields
}
