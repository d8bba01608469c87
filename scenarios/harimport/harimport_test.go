package harimport_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/harimport"
)

func TestRecordedSessionBecomesAScenarioThatPasses(t *testing.T) {
	file, err := os.Open("testdata/session.har")
	require.NoError(t, err)
	defer file.Close()
	text, err := harimport.Scenario("a recorded session", file)
	require.NoError(t, err)
	for _, line := range []string{
		"# Requests of the recording that no step asks for: 1",
		`  - {bucket: "demo", key: "big file*.bin", size: 1048576}`,
		"    retry: {max_attempts: 4}", "    part_size: 5242880",
		`  - download: {bucket: "demo", key: "big file*.bin", to: 1.out}`,
		`  - upload: {bucket: "demo", key: "a.txt", size: 2000}`,
		`  - upload: {bucket: "demo", key: "parts.bin", size: 5243880}`,
		`  - copy: {from: {bucket: "demo", key: "a.txt"}, to: {bucket: "demo", key: "b.txt"}}`,
		`  - delete_many: {bucket: "demo", keys: ["a.txt", "b.txt"]}`,
		`  - exists: {bucket: "demo", key: "gone"}`,
		`  - list: {bucket: "demo", prefix: "big"}`,
		`  - match: {operation: GetObject, bucket: "demo", key: "big file\\*.bin"}`,
		"    reset_peer: {at: response_body, after_bytes: 300000}",
		"    respond: {status: 503, code: SlowDown, retry_after: 2s}",
		"    reset_peer: {at: response_head}",
		"    timeout: {}",
		"    latency: {delay: 3s}",
		"    ok_with_error: {code: InternalError}",
	} {
		require.Contains(t, string(text), line+"\n")
	}
	require.Equal(t, 1, strings.Count(string(text), "list: {"), "the pages of a list are one step")
	require.NotContains(t, string(text), "SECRET")
	plays(t, text)
}

// plays requires that a scenario passes.
func plays(t *testing.T, text []byte) {
	t.Helper()
	s, err := scenarios.Parse("imported.yaml", text)
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v\n%s", r.Reasons, text)
}

// A drill's journal, as HAR, becomes a drill with the same faults.
func TestJournalOfADrillCanBeImported(t *testing.T) {
	for _, id := range []string{
		"retry/503-twice", "resume/download", "timeout/silent-server", "multipart/complete-answer-lost",
	} {
		entry, err := scenarios.Find(id)
		require.NoError(t, err)
		s, err := entry.Scenario()
		require.NoError(t, err)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict)
		var har bytes.Buffer
		require.NoError(t, journal.WriteHAROfRecords(&har, time.Unix(0, 0), "http", r.Journal))
		text, err := harimport.Scenario(id, &har)
		require.NoError(t, err, id)
		require.Contains(t, string(text), "times: ", id)
		plays(t, text)
	}
}

func TestBadRecordingIsAnError(t *testing.T) {
	for recording, says := range map[string]string{
		"":                                   "not a HAR file: byte 0: unexpected end of JSON input",
		`{"log": {"entries": 7}}`:            "not a HAR file: json: cannot unmarshal number",
		`{}`:                                 "not a HAR file: it has no log",
		`{"log": {}}`:                        "no request to S3 that a step can repeat: 0 others",
		`{"log": {"entries": [{}, {}]}}`:     "no request to S3 that a step can repeat: 2 others",
		strings.Repeat(" ", 64<<20) + "{}  ": "the recording has more than 64 MiB",
		`{"log": {"entries": [` + strings.Repeat("{},", 10_000) + "{}]}}": "has 10001 requests, want at most 10000",
	} {
		_, err := harimport.Scenario("x", strings.NewReader(recording))
		require.ErrorContains(t, err, says)
	}
}

func FuzzScenario(f *testing.F) {
	session, err := os.ReadFile("testdata/session.har")
	require.NoError(f, err)
	f.Add(session)
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"GET","url":"http://h/demo/${endpoint}"},
		"response":{"status":200}}]}}`))
	f.Fuzz(func(t *testing.T, recording []byte) {
		text, err := harimport.Scenario("a recorded session", bytes.NewReader(recording))
		if err != nil {
			return
		}
		_, err = scenarios.Parse("imported.yaml", text)
		require.NoError(t, err)
	})
}
