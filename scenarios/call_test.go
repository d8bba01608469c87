package scenarios_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A drill with three calls: one that fails, one whose hedge wins, and one that waits as the first.
const calls = `client: {builtin: {retry: {jitter: none, budget: {tokens: 100}, breaker: {}}}}
steps:
  - name: failing
    call:
      name: get a.bin
      key: demo
      policy: {attempt_timeout: 5s, unwrap_history: true, timestamps: true}
      attempts: [{takes: 2s, error: {is: EPIPE}}, {takes: 9s}, {takes: 1s, error: {is: ENOENT}}]
    expect: %s
  - name: hedged
    call:
      way: value
      values: closer
      idempotent: true
      policy: {hedge: {after: 1s}}
      attempts: [{takes: 3s, deaf: true, result: one}, {takes: 1s, result: two}]
    expect: %s
  - name: again
    call:
      key: again
      policy: {attempt_timeout: 5s}
      attempts: [{error: {is: EPIPE}}, {error: {is: EPIPE}}, {}]
  - wait: 5s
`

// Each key of expect.call gets a value that holds and a value that does not.
func TestEachExpectationOfACallHoldsAndFails(t *testing.T) {
	const failing, hedged = 0, 1
	for _, c := range []struct {
		at               int
		key, holds, fail string
	}{
		{failing, "attempts", "3", "2"},
		{failing, "waits", "[1s, 2s]", "[1s, 1s]"},
		{failing, "elapsed", "11s", "{max: 10s}"},
		{failing, "error", "{kind: permanent}", "{kind: exhausted}"},
		{failing, "call.starts", "[0s, 3s, 10s]", "[0s, 3s]"},
		{failing, "call.limits", "[5s, 5s, 5s]", "[5s, 5s, 6s]"},
		{failing, "call.causes", "[none, attempt timed out, none]", "[none, none, none]"},
		{hedged, "call.closed", "[1]", "[]"},
		{hedged, "call.result", "two", "one"},
		{failing, "call.log", `["*WARN*", "*INFO*", "*WARN*", "*INFO*", "level=ERROR *"]`, `["*WARN*"]`},
		{
			failing, "call.events",
			`["attempt 1*", "result 1*", "wait*", "attempt 2*", "result 2*", "wait*", "attempt 3*", "result 3*", "done 3*"]`,
			`["attempt 1*"]`,
		},
		{failing, "call.retries", `["1 transient*", "2 timeout*"]`, "[]"},
		{failing, "call.history", `["1 transient*", "2 timeout*", "3 permanent*"]`, `["1 *", "2 *", "2 *"]`},
		{failing, "call.dropped", "0", "1"},
		{failing, "call.made", "3", "{min: 4}"},
		{failing, "call.waited", "3s", "2s"},
		{failing, "call.lasted", "11s", "{max: 10s}"},
		{hedged, "call.made", "", "1"},
		{failing, "call.finds", "[EPIPE, retry.ErrPermanent]", "[retry.ErrExhausted]"},
		{failing, "call.lacks", "[retry.ErrExhausted]", "[EPIPE]"},
		{failing, "call.alike", "again", "hedged"},
		{failing, "call.unlike", "", "again"},
		{failing, "call.tokens", "72", "100"},
		{failing, "call.circuit", "closed", "open"},
	} {
		t.Run(c.key+" "+c.fail, func(t *testing.T) {
			for value, verdict := range map[string]scenarios.Verdict{c.holds: scenarios.Pass, c.fail: scenarios.Fail} {
				if value == "" {
					continue
				}
				text := "{outcome: any, " + c.key + ": " + value + "}"
				if key, ok := strings.CutPrefix(c.key, "call."); ok {
					text = "{outcome: any, call: {" + key + ": " + value + "}}"
				}
				expectations := [2]any{"{outcome: any}", "{outcome: any}"}
				expectations[c.at] = text
				s := drill(t, fmt.Sprintf(calls, expectations[:]...))
				r := scenarios.Run(context.Background(), s, scenarios.Options{})
				require.Equal(t, verdict, r.Verdict, "%s: %v", text, r.Reasons)
				if verdict == scenarios.Fail {
					require.Equal(t, []string{c.key}, kinds(r))
					require.NotZero(t, r.Reasons[0].Line)
					require.NotEmpty(t, r.Reasons[0].Expected)
					require.NotEmpty(t, r.Reasons[0].Got)
				}
			}
		})
	}
}

func TestCallIsSkippedIfClientLacksIt(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps:\n  - call: {attempts: [{}]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return bare{client}, err
		},
	})
	require.Equal(t, scenarios.Skip, r.Verdict, "%v", r.Reasons)
	require.Contains(t, r.Reasons[0].Got, "the client has no call")
}

// misnumbering gives every attempt the number 1.
type misnumbering struct{ scenarios.Client }

func (c misnumbering) Call(
	ctx context.Context, o scenarios.CallOptions, op scenarios.CallOperation,
) (scenarios.CallResult, error) {
	return c.Client.(scenarios.Caller).Call(ctx, o, func(ctx context.Context, _ int) (any, error) { return op(ctx, 1) })
}

func TestCallWithWrongNumbersFails(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps:\n  - call: {attempts: [{error: {is: EPIPE}}, {}]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return misnumbering{client}, err
		},
	})
	require.Equal(t, []string{"attempts"}, kinds(r))
	require.Equal(t, "[1 1]", r.Reasons[0].Got)
}

func TestPanicOfTheClientInACallIsAnError(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps:\n  - call: {attempts: [{}]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return panicking{client}, err
		},
	})
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.ErrorIs(t, r.Err(), scenarios.ErrPanic)
}

type panicking struct{ scenarios.Client }

func (panicking) Call(
	context.Context, scenarios.CallOptions, scenarios.CallOperation,
) (scenarios.CallResult, error) {
	panic("a bug of the client")
}

type idleEngine struct{ scenarios.Client }

func (idleEngine) Call(
	context.Context, scenarios.CallOptions, scenarios.CallOperation,
) (scenarios.CallResult, error) {
	return scenarios.CallResult{}, nil
}

func TestCallThatRunsNothingProvesNothing(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps:\n  - call: {attempts: [{}]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			return idleEngine{client}, err
		},
	})
	require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
}
