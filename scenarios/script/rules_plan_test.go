package script_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

const rulesWorld = `version: 1
name: changes of rules
client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 1KiB}]
faults: [{name: get, match: {operation: GetObject}, during: [10s, 20s], timeout: {}}]
steps:
  - download: {bucket: demo, key: a}
`

func TestChangeOfRulesIsCheckedWithTheRulesThatAreThereThen(t *testing.T) {
	for name, c := range map[string]struct{ steps, mistake string }{
		"switched off": {`
  - rules: {add: ['{name: all, match: {operation: PutObject}, timeout: {}}']}
  - rules: {off: [all], add: ['{match: {operation: PutObject}, timeout: {}}']}`, ""},
		"on again": {`
  - rules: {add: ['{name: all, match: {operation: PutObject}, timeout: {}}'], off: [all]}
  - rules: {on: [all], add: ['{match: {operation: PutObject}, timeout: {}}']}`, "rule #3 never fires: rule all takes"},
		"inside a parallel": {`
  - parallel:
      - rules: {add: ['{name: all, match: {operation: PutObject}, timeout: {}}']}
      - download: {bucket: demo, key: a}
  - rules: {add: ['{match: {operation: PutObject}, timeout: {}}']}`, "rule #3 never fires: rule all takes"},
		"later in a parallel": {`
  - parallel:
      - rules: {after: 2s, add: ['{match: {operation: PutObject}, timeout: {}}'], off: [all]}
      - rules: {after: 1s, add: ['{name: all, match: {operation: PutObject}, timeout: {}}']}`, ""},
		"a later rule": {`
  - rules: {add: ['{match: {operation: PutObject}, timeout: {}}', '{name: no, refuse: {}}']}`, "rule no lets no"},
		"optional": {`
  - rules: {add: ['{match: {operation: GetObject, method: PUT}, optional: true, timeout: {}}']}`, ""},
		"probability 0": {`
  - rules: {add: ['{match: {operation: GetObject, method: PUT}, probability: 0, timeout: {}}']}`, ""},
		"windows of one step": {`
  - rules: {add: ['{during: [1s, 5s], timeout: {}}', '{during: [2s, 3s], timeout: {}}']}`, "rule #3 never fires"},
		"windows of two steps": {`
  - rules: {add: ['{during: [1s, 5s], timeout: {}}']}
  - wait: 1m
  - rules: {add: ['{during: [2s, 3s], timeout: {}}']}`, ""},
		"windows from the start": {
			`
  - rules: {add: ['{match: {operation: GetObject}, during: {since: start, from: 11s, to: 12s}, timeout: {}}']}`,
			"rule #2 never fires: rule get takes",
		},
		"refused as expected": {`
  - rules: {add: ['{name: get, timeout: {}}']}
    expect: {outcome: failure}
  - rules: {on: [get]}`, ""},
		"repeated": {`
  - repeat: {times: 2, step: {rules: {add: ['{name: x, times: 1, timeout: {}}']}}}`, `another rule is called "x"`},
		"without a name": {`
  - repeat: {times: 2, step: {rules: {add: ['{times: 1, timeout: {}}'], reset: ["#2"]}}}`, ""},
		"a port": {`
  - rules: {add: ['{dns: nxdomain}']}
clock: real`, "in real time, the sockets cannot do this"},
	} {
		_, err := script.Parse("a.yaml", []byte(rulesWorld+c.steps[1:]+"\n"))
		if c.mistake == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.mistake, name)
		}
	}
}

func TestUndisturbedScenarioChangesNoRules(t *testing.T) {
	s, err := script.Parse("a.yaml", []byte(rulesWorld+`  - rules: {off: [get]}
    expect: {outcome: failure}
  - parallel: [{rules: {after: 1s, off: [get]}}, {download: {bucket: demo, key: a}}]
  - repeat: {times: 2, step: {rules: {on: [get]}}}
`))
	require.NoError(t, err)
	require.True(t, s.Disturbed())
	quiet := s.Undisturbed()
	assert.False(t, quiet.Disturbed())
	changes, refusals := 0, 0
	quiet.EachStep(func(step *script.Step) {
		if step.Rules == nil {
			return
		}
		changes++
		if step.ExpectsRefusal() || !step.Rules.None() || step.Rules.After != 0 {
			refusals++
		}
	})
	assert.Equal(t, 3, changes, "the steps keep their numbers")
	assert.Zero(t, refusals)
	assert.Equal(t, []string{"get"}, s.Steps[1].Rules.Off, "the scenario itself is as it was")
}

func TestAllRulesAreThoseOfTheFileAndOfItsSteps(t *testing.T) {
	s, err := script.Parse("a.yaml", []byte(rulesWorld+`  - rules: {add: ['{name: x, times: 1, timeout: {}}']}
  - rules: {add: ['{times: -1, timeout: {}}']}
    expect: {error: {text: "*"}}
  - rules: {add: ['{match: {key: a}, tls: expired}', '{name: y, times: 1, timeout: {}}']}
    expect: {outcome: failure}
`))
	require.NoError(t, err)
	rules := s.AllRules()
	require.Len(t, rules, 2)
	assert.Equal(t, "x", rules[1].Name)
	at := time.Hour
	plan, mistakes := s.Steps[1].Rules.Plan(s.Present(), &at, nil)
	require.Empty(t, mistakes)
	require.NoError(t, script.RulesError(mistakes))
	assert.Equal(t, "x", plan.Present[1].Label)
}

func TestExpectedRequestNamesRulesOfTheDrill(t *testing.T) {
	const adds = `
  - rules: {add: ['{name: late, match: {operation: PutObject}, timeout: {}}', '{match: {key: b}, timeout: {}}']}`
	const expect = "\nexpect: {requests: [{operation: GetObject, rules: "
	for name, c := range map[string]struct{ steps, mistake string }{
		"declared":          {adds + expect + `[get]}]}`, ""},
		"added":             {adds + expect + `[get, late]}]}`, ""},
		"added by number":   {adds + expect + `["#3"]}]}`, ""},
		"none":              {adds + expect + `[]}]}`, ""},
		"misspelt":          {adds + expect + `[gte]}]}`, `no rule "gte"`},
		"hint":              {adds + expect + `[lat]}]}`, `did you mean "late"?`},
		"beyond":            {adds + expect + `["#4"]}]}`, `no rule "#4"`},
		"number of a named": {adds + expect + `["#1"]}]}`, `no rule "#1"`},
		"repeated": {`
  - repeat: {times: 2, step: {rules: {add: ['{times: 1, match: {key: b}, timeout: {}}']}}}
expect: {requests: [{operation: GetObject, rules: ["#3"]}]}`, ""},
		"of a step": {`
  - download: {bucket: demo, key: a}
    expect: {requests: [{operation: GetObject, rules: [got]}]}`, `steps.expect.requests.rules: this drill has no rule "got"`},
	} {
		_, err := script.Parse("a.yaml", []byte(rulesWorld+c.steps[1:]+"\n"))
		if c.mistake == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.mistake, name)
		}
	}
}
