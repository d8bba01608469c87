package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

const rulesWorld = `objects: [{bucket: demo, key: a, size: 4KiB}]
client: {builtin: {retry: {max_attempts: 3, initial_delay: 20ms, jitter: none}}}
`

func TestStepChangesTheRules(t *testing.T) {
	const text = rulesWorld + `steps:
  - download: {bucket: demo, key: a}
    expect: {attempts: 2}
  - rules:
      add: ['{name: late, match: {operation: GetObject}, times: 1, respond: {status: 500}}']
      off: [slow-down]
  - download: {bucket: demo, key: a}
    expect: {attempts: 2}
  - rules: {on: [slow-down], reset: [slow-down, late]}
  - download: {bucket: demo, key: a}
    expect: {attempts: 3}
faults: [{name: slow-down, match: {operation: GetObject}, times: 1, respond: {status: 503}}]
`
	for name, clock := range map[string]string{"virtual": "", "TCP": "clock: real\n"} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, clock+text), scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			require.Len(t, r.Faults, 2)
			assert.Equal(t, "slow-down", r.Faults[0].Name)
			assert.Equal(t, 2, r.Faults[0].Fired, "a reset takes back no firing")
			assert.Equal(t, "late", r.Faults[1].Name)
			assert.Equal(t, 2, r.Faults[1].Fired)
			assert.Equal(t, 4, r.FaultsFired())
			assert.Contains(t, r.Faults[1].Text, "respond: {status: 500}")
			assert.Equal(t, "rules", r.Steps[1].Operation)
			assert.Zero(t, r.Steps[1].Sends)
		})
	}
}

func TestRulesChangeWhileTheClientWorks(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - parallel:
      - download: {bucket: demo, key: a}
      - rules: {after: 3s, off: [silence]}
    expect: {attempts: 1}
faults: [{name: silence, match: {operation: GetObject}, latency: {delay: 20s}}]
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	assert.InDelta(t, 3, r.Elapsed.Seconds(), 0.01, "what the rule holds goes on when it is switched off")
}

func TestRefusedChangeOfRulesChangesNothing(t *testing.T) {
	for name, c := range map[string]struct{ change, text string }{
		"text": {
			`add: ['{name: x, timeout: {}}', '{timeut: {}}']`,
			`add 2: parse rule: column 2: unknown rule key "timeut"`,
		},
		"validate": {`add: ['{times: -1, timeout: {}}']`, `add 1: parse rule: times: -1: want 0 or more`},
		"proxy":    {`add: ['{tls: expired}'], off: [first]`, "add 1: tls: needs a proxy that speaks TLS"},
		"never fires": {
			`add: ['{match: {key: a, part: 2}, timeout: {}}', '{match: {part: 2, key: a, attempt: 7}, timeout: {}}']`,
			`add 2: rule #3 never fires: rule #2 takes every request it is for`,
		},
		"over": {
			`add: ['{during: {since: start, from: 0s, to: 1ns}, timeout: {}}']`,
			`add 1: rule #2 never fires: its window {since: start, from: 0s, to: 1ns} is over`,
		},
		"no rule": {
			`reset: [frst], off: [first]`, `reset 1: name: no rule is called "frst" (did you mean "first"?)`,
		},
		"taken": {`add: ['{name: first, timeout: {}}']`, `add 1: name: another rule is called "first"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - download: {bucket: demo, key: a}
    expect: {attempts: 1}
  - rules: {`+c.change+`}
    expect: {outcome: failure}
  - download: {bucket: demo, key: a}
    expect: {attempts: 2}
faults: [{name: first, match: {operation: GetObject}, after: 1, times: 1, respond: {status: 503}}]
`), scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			assert.Len(t, r.Faults, 1)
			assert.Contains(t, r.Steps[1].Err, c.text)
		})
	}
}

// A refusal says nothing of the client: it is no failure that the drill may expect of the client,
// and an unexpected one is a mistake of the file.
func TestRefusedChangeOfRulesIsNotTheClients(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - download: {bucket: demo, key: a}
  - rules: {add: ['{timeut: {}}']}
    expect: {error: {text: "*timeut*"}}
expect: {outcome: failure}
`), scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	r = scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - download: {bucket: demo, key: a}
  - wait: 10s
  - rules: {add: ['{during: {since: start, from: 1s, to: 5s}, timeout: {}}']}
`), scenarios.Options{})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[0].String(), "step 3: rules: add 1: rule #1 never fires: its window")
	r = scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - rules: {add: ['{timeut: {}}']}
    expect: {error: {text: "*timeut*"}}
`), scenarios.Options{})
	require.Equal(t, scenarios.Vacuous, r.Verdict, "the client did nothing")
}

func TestRuleOfAStepThatDidNotFireMakesTheDrillVacuous(t *testing.T) {
	for name, c := range map[string]struct{ steps, reason string }{
		"never": {
			`  - rules: {add: ['{name: late, match: {operation: PutObject}, timeout: {}}']}`,
			"fault late to fire, got no request matched: 1 GetObject of demo/a, none PutObject",
		},
		"too seldom": {
			`  - rules: {add: ['{name: late, match: {operation: GetObject}, times: 2, latency: {delay: 1s}}']}`,
			"fault late to fire 2 times, got 1 of 1 matching request fired",
		},
		"switched off": {
			`  - rules: {add: ['{name: late, match: {operation: GetObject}, latency: {delay: 1s}}'], off: [late]}`,
			"fault late to fire, got a step has switched it off before it fired",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, rulesWorld+"steps:\n"+c.steps+`
  - download: {bucket: demo, key: a}
`), scenarios.Options{})
			require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
			assert.Contains(t, r.Reasons[0].String(), c.reason)
			assert.Positive(t, r.Reasons[0].Line)
			assert.Equal(t, r.Reasons[0].Line, r.Faults[0].Line)
		})
	}
	r := scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - download: {bucket: demo, key: a}
  - rules: {reset: [first]}
  - upload: {bucket: demo, key: b, size: 1KiB}
faults: [{name: first, match: {operation: GetObject}, times: 1, respond: {status: 503}}]
`), scenarios.Options{})
	require.Equal(t, scenarios.Vacuous, r.Verdict, "after a reset the rule must fire again")
}

func TestWindowOfAnAddedRuleCountsFromItsStep(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, rulesWorld+`steps:
  - wait: 1m
  - rules: {add: ['{match: {operation: GetObject}, during: [0s, 10ms], respond: {status: 503}}']}
  - download: {bucket: demo, key: a}
    expect: {attempts: 2, waits: [20ms]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	assert.Greater(t, r.Elapsed, time.Minute)
}

func TestForeignClientKeepsTheChangesOfRules(t *testing.T) {
	text := rulesWorld + `steps:
  - upload: {bucket: demo, key: b, size: 1KiB}
  - rules: {add: ['{name: late, match: {operation: PutObject}, times: 1, respond: {status: 503}}']}
  - upload: {bucket: demo, key: c, size: 1KiB}
expect: {outcome: any}
conformance: {level: must, source: RFC}
`
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
		Conformance: true, NewClient: scenarios.NewSDK,
	})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	_, err := scenarios.AsProgram(drill(t, text), "run:true")
	require.ErrorContains(t, err, "a command does not change the rules of the proxy between its steps")
}
