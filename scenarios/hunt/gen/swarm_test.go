package gen_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A new fault, or a new parameter of one, fails this test until a swarm draws it.
func TestSwarmDrawsEachKindAndEachParameterOfFaults(t *testing.T) {
	drawn := map[string]bool{}
	operations := map[string]bool{}
	for seed := range uint64(2500) {
		text := gen.Swarm(seed, []string{"builtin", "sdk", "sdk:off"}[seed%3]).YAML()
		s, err := script.Parse("swarm.yaml", text)
		require.NoError(t, err, "%s", text)
		s.EachStep(func(step *script.Step) { operations[step.Operation()] = true })
		for _, r := range s.Rules() {
			fields(reflect.ValueOf(r), "", drawn)
			fields(reflect.Indirect(reflect.ValueOf(r.Fault)), r.Fault.Kind()+".", drawn)
		}
	}
	var missing []string
	note := func(v reflect.Value, prefix string) {
		for _, name := range names(v.Type(), prefix) {
			if !drawn[name] && !slices.Contains(undrawn, name) {
				missing = append(missing, name)
			}
		}
	}
	note(reflect.ValueOf(faultproxy.Rule{}), "")
	for _, kind := range faultproxy.Kinds() {
		fault, _ := faultproxy.NewFault(kind)
		note(reflect.Indirect(reflect.ValueOf(fault)), kind+".")
		require.Contains(t, gen.Features(), kind)
	}
	require.Empty(t, missing, "no scenario has these")
	for _, feature := range gen.Features()[:11] {
		require.True(t, operations[feature], "no scenario has the step %s", feature)
	}
}

// undrawn are parameters that mean the same as others, or only name the rule.
var undrawn = []string{"name", "during.since"}

// names returns the yaml names of a struct's fields, each once.
func names(t reflect.Type, prefix string) []string {
	var all []string
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" && name != "-" {
			all = append(all, prefix+name)
		}
		if field.Name == "Match" && prefix == "" {
			all = append(all, names(field.Type, "match.")...)
		}
	}
	return all
}

func fields(v reflect.Value, prefix string, drawn map[string]bool) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		if !v.Field(i).IsZero() {
			drawn[prefix+name] = true
		}
		if name == "match" {
			fields(v.Field(i), "match.", drawn)
		}
	}
}

// Clients that look for words in texts take such a refusal for an error of the network.
func TestSwarmDrawsRefusalsWithMisleadingWords(t *testing.T) {
	var drawn strings.Builder
	for seed := range uint64(500) {
		drawn.Write(gen.Swarm(seed, "builtin").YAML())
	}
	require.Regexp(t, "code: AccessDenied, message: \"Connection reset by", drawn.String())
	require.Contains(t, drawn.String(), "geoffrey.bin")
}

func TestSwarmDrawsTheSameScenarioFromTheSameSeed(t *testing.T) {
	require.Equal(t, gen.Swarm(7, "builtin").YAML(), gen.Swarm(7, "builtin").YAML())
	require.NotEqual(t, gen.Swarm(7, "builtin").YAML(), gen.Swarm(8, "builtin").YAML())
}

func TestSwarmLeavesOutAboutHalfOfTheFeatures(t *testing.T) {
	const scripts = 300
	with := map[string]int{}
	for seed := range uint64(scripts) {
		text := string(gen.Swarm(seed, []string{"builtin", "sdk", "sdk:off"}[seed%3]).YAML())
		for _, feature := range []string{"parallel: [", "repeat: {", "cancel_after: ", "old.bin", "budget: {"} {
			if strings.Contains(text, feature) {
				with[feature]++
			}
		}
	}
	for feature, n := range with {
		require.Greater(t, n, scripts/12, feature)
		require.Less(t, n, scripts*2/3, feature)
	}
	require.Len(t, with, 5)
}
