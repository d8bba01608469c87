package catalog_test

// This file counts the words of faults and rules in the catalog: a fault that one file alone uses
// has no second opinion.

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/racing"
)

// wordsOfRules returns the keys of a scenario's rules and of their faults, each with the key that
// it stands below: "times", "match.key", "respond.status".
func wordsOfRules(t *testing.T, text []byte) map[string]bool {
	t.Helper()
	var file struct {
		Faults []map[string]any `yaml:"faults"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	words := map[string]bool{}
	for _, rule := range file.Faults {
		for key, value := range rule {
			words[key] = true
			if below, ok := value.(map[string]any); ok {
				for inner := range below {
					words[key+"."+inner] = true
				}
			}
		}
	}
	return words
}

func TestEachFaultAndRuleFieldIsInTwoFiles(t *testing.T) {
	if racing.On {
		t.Skip("it counts words on one goroutine, which the race detector makes slow")
	}
	files := map[string]int{}
	for _, kind := range faultproxy.Kinds() {
		files[kind] = 0
	}
	every, err := os.ReadFile("../script/testdata/every-word.yaml")
	require.NoError(t, err)
	for word := range wordsOfRules(t, every) {
		files[word] = 0
	}
	all, err := readAll()
	require.NoError(t, err)
	for _, cases := range all {
		words := map[string]bool{} // a family counts once
		for _, s := range cases {
			text, err := s.Plain()
			require.NoError(t, err)
			maps.Copy(words, wordsOfRules(t, text))
		}
		for word := range words {
			files[word]++
		}
	}
	var rare []string
	for _, word := range slices.Sorted(maps.Keys(files)) {
		if files[word] < 2 {
			rare = append(rare, word)
		}
	}
	require.Empty(t, rare, "each fault and each field of a rule is in two files of the catalog")
}
