package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Many clients seed their jitter from the clock.
func TestClockOfACustomClientDependsOnTheSeed(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{download: {bucket: demo, key: k}}]
`)
	begins := func(seed uint64) time.Time {
		var at time.Time
		r := scenarios.Run(t.Context(), s, scenarios.Options{
			Seed: &seed,
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				at = time.Now()
				return scenarios.NewBuiltin(c)
			},
		})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		return at
	}
	first := begins(1)
	assert.NotEqual(t, first, begins(2))
	assert.Equal(t, first, begins(1))
	assert.Equal(t, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), first.UTC().Truncate(time.Second))
}

func TestEachCallOfTheSDKDrawsItsJitter(t *testing.T) {
	s := drill(t, `client: {sdk: {}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{repeat: {times: 4, step: {download: {bucket: demo, key: k}}}}]
faults: [{match: {operation: GetObject, attempt: 1}, respond: {status: 500, code: InternalError}}]
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Len(t, r.Waits, 4)
	different := make(map[time.Duration]bool)
	for _, wait := range r.Waits {
		different[wait] = true
	}
	assert.Len(t, different, 4)
	again := scenarios.Run(t.Context(), s, scenarios.Options{})
	assert.Equal(t, r.JournalSHA256, again.JournalSHA256)
}

func TestTimeToComeBackHasThreeForms(t *testing.T) {
	for form, want := range map[string][2]string{
		"seconds": {"Retry-After", "2"}, "milliseconds": {"X-Amz-Retry-After", "2000"},
		// some microseconds later, rounded up
		"date": {"Retry-After", "Sat, 01 Jan 2000 00:00:03 GMT"},
	} {
		s := drill(t, `client: {builtin: {retry: {initial_delay: 10ms}}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{download: {bucket: demo, key: k}}]
faults: [{match: {operation: GetObject}, times: 1,
  respond: {status: 503, code: SlowDown, retry_after: 2s, retry_after_as: `+form+`}}]
`)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", form, r.Reasons)
		assert.Equal(t, want[1], r.Journal[0].ResponseHeader[want[0]], form)
		require.Len(t, r.Waits, 1)
		assert.GreaterOrEqual(t, r.Waits[0], 2*time.Second, form)
		assert.Less(t, r.Waits[0], 4*time.Second, form)
	}
}

func TestTimeToComeBackInNoFormIsRefused(t *testing.T) {
	const words = "want seconds, date or milliseconds"
	for respond, want := range map[string]string{
		"retry_after: 2s, retry_after_as: hours":           `retry_after_as: "hours": ` + words,
		"retry_after_as: date":                             "retry_after_as: date: want retry_after, too",
		"retry_after: 1500ms, retry_after_as: date":        "1.5s: want whole seconds",
		"retry_after: 1.5ms, retry_after_as: milliseconds": "1.5ms: want whole milliseconds",
	} {
		_, err := scenarios.Parse("drill.yaml", []byte(`version: 1
name: a drill
client: {builtin: {}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{download: {bucket: demo, key: k}}]
faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503, `+respond+`}}]
`))
		assert.ErrorContains(t, err, want, respond)
	}
}
