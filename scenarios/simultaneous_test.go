package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Steps of a parallel that act at the same instant act in the order of the file.
func TestSimultaneousStepsActInTheOrderOfTheFile(t *testing.T) {
	const head = "objects: [{bucket: demo, key: a, content: hi}, {bucket: demo, key: b, content: hi}]\n"
	const slow = "faults: [{name: slow, match: {}, times: 1, latency: {delay: 5s}}]\n"
	for name, text := range map[string]string{
		"rules": slow + `client: {builtin: {}}
steps:
  - parallel: [{rules: {after: 1s, off: [slow]}}, {rules: {after: 1s, on: [slow]}}]
  - download: {bucket: demo, key: a}
    expect: {elapsed: {min: 5s}}
`,
		"rules at once": slow + `client: {builtin: {}}
steps:
  - parallel: [{rules: {on: [slow]}}, {rules: {off: [slow]}}, {rules: {on: [slow]}}]
  - download: {bucket: demo, key: a}
    expect: {elapsed: {min: 5s}}
`,
		"rules of parallels in a parallel": slow + `client: {builtin: {}}
steps:
  - parallel:
      - parallel: [{rules: {after: 1s, off: [slow]}}, {rules: {after: 1s, on: [slow]}}]
      - parallel: [{rules: {after: 1s, off: [slow]}}, {rules: {after: 1s, on: [slow]}}]
  - download: {bucket: demo, key: a}
    expect: {elapsed: {min: 5s}}
`,
		"rules of turns": slow + `client: {builtin: {}}
steps:
  - parallel:
      - repeat: {times: 2, step: {parallel: [{rules: {after: 1s, on: [slow]}}, {rules: {after: 1s, off: [slow]}}]}}
      - rules: {after: 2s, on: [slow]}
  - download: {bucket: demo, key: a}
    expect: {elapsed: {min: 5s}}
`,
		"calls with one budget": `client: {builtin: {retry: {max_attempts: 9, jitter: none, budget: {tokens: 44}}}}
steps:
  - parallel:
      - call: {key: k, attempts: [{error: {is: EPIPE}}, {error: {is: EPIPE}}, {}]}
        expect: {outcome: success}
      - call: {key: k, attempts: [{error: {is: EPIPE}}, {error: {is: EPIPE}}, {}]}
        expect: {attempts: 2, error: {kind: budget}}
  - download: {bucket: demo, key: a}
`,
		"calls with one breaker": `client: {builtin: {retry: {max_attempts: 1, breaker: {min_attempts: 2, open_for: 5s}}}}
steps:
  - repeat: {times: 2, step: {call: {key: k, attempts: [{error: {is: EPIPE}}]}, expect: {outcome: failure}}}
  - wait: 6s
  - parallel:
      - {call: {key: k, attempts: [{takes: 1s}]}, expect: {outcome: success}}
      - {call: {key: k, attempts: [{takes: 1s}]}, expect: {error: {kind: breaker}}}
      - {call: {key: k, attempts: [{takes: 1s}]}, expect: {error: {kind: breaker}}}
  - download: {bucket: demo, key: a}
`,
		"calls with one limiter": `client: {builtin: {retry: {max_attempts: 3, jitter: none, limiter: true}}}
steps:
  - parallel:
      - call: {attempts: [{error: {type: StatusCode, text: x, status: 503}}, {error: {is: EPIPE}}, {}]}
      - call: {attempts: [{error: {type: StatusCode, text: x, status: 503}}, {error: {is: EPIPE}}, {}]}
      - call: {attempts: [{error: {type: StatusCode, text: x, status: 503}}, {error: {is: EPIPE}}, {}]}
  - download: {bucket: demo, key: a}
`,
		"lines of canceled steps": `client: {builtin: {retry: {initial_delay: 10s}}}
faults: [{match: {}, respond: {status: 503}}]
steps:
  - parallel: [{download: {bucket: demo, key: b}}, {download: {bucket: demo, key: a}}]
    cancel_after: 3s
expect: {outcome: any, log: ['*key=b', '*key=a', 'level=WARN*', 'level=WARN*', 'level=ERROR*key=b *', 'level=ERROR*key=a *']}
`,
		"lines of the log": `client: {builtin: {}}
steps:
  - parallel: [{download: {bucket: demo, key: b}}, {download: {bucket: demo, key: a}}]
expect: {log: ['*"downloading*key=b', '*"downloading*key=a']}
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := drill(t, head+text)
			r := scenarios.Run(t.Context(), s, scenarios.Options{})
			t.Log(r.Verdict, r.Reasons)
			requireOneJournal(t, s, repetitions(t, 40))
			r = scenarios.Run(t.Context(), s, scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		})
	}
}
