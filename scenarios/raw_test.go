package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const rawDrill = `version: 1
name: a connection beside the client
objects: [{bucket: demo, key: a.bin, content: hello}]
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: a.bin}
  - raw: RAW
    expect: {raw: EXPECT}
  - exists: {bucket: demo, key: a.bin}
`

// playRaw plays a drill with this raw step.
func playRaw(t *testing.T, raw, expect string) *scenarios.Result {
	t.Helper()
	text := strings.NewReplacer("RAW", raw, "EXPECT", expect).Replace(rawDrill)
	s, err := script.Parse("raw.yaml", []byte(text))
	require.NoError(t, err)
	return scenarios.Run(t.Context(), s, scenarios.Options{})
}

const rawGet = `"GET /demo/a.bin HTTP/1.1\r\nHost: proxy.test\r\n\r\n"`

func TestRawStepSendsBytesAsTheFileHasThem(t *testing.T) {
	for name, drill := range map[string]struct{ raw, expect string }{
		"one request":        {`{send: [` + rawGet + `]}`, `{received: "HTTP/1.1 200 OK\r\n*hello", responses: 1}`},
		"two in one write":   {`{send: [{text: ` + rawGet + `, times: 2}]}`, `{received: "*o*hello", responses: 2}`},
		"byte by byte":       {`{send: [` + rawGet + `], piece: 1B, pause: 1ms}`, `{received: "*hello", responses: 1}`},
		"half a head":        {`{send: ["GET /de"], then: close_write}`, `{received: "", responses: 0, ended: closed}`},
		"a stalled head":     {`{send: ["GET /de"], idle: 2m}`, `{received: "*RequestTimeout*", ended: closed}`},
		"no HTTP":            {`{send: ["hello\r\n\r\n"]}`, `{lacks: ["HTTP/1.1 200*"], ended: closed}`},
		"nothing":            {`{send: [], then: close}`, `{received: "", ended: left}`},
		"a reset":            {`{send: [` + rawGet + `], hold: 1s, then: reset}`, `{received: "*hello", ended: left}`},
		"reads nothing":      {`{send: [` + rawGet + `], hold: 1s, reads: false}`, `{ended: left}`},
		"TLS to plain HTTP":  {`{send: [], tls: true}`, `{received: "", ended: handshake}`},
		"a rest in the head": {`{send: ["GET / HTTP/1.1\r\n", {text: "Host: \r\n\r\n", after: 9s}]}`, `{responses: 1}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := playRaw(t, drill.raw, drill.expect)
			assert.Equal(t, scenarios.Pass, r.Verdict, "%+v", r.Reasons)
		})
	}
}

func TestRawStepFailsTheDrillOnlyByItsExpectations(t *testing.T) {
	for name, expect := range map[string]string{
		"received": `{received: "*x"}`, "empty": `{received: ""}`, "lacks": `{lacks: ["*hello"]}`,
		"responses": `{responses: 2}`, "ended": `{ended: closed}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := playRaw(t, `{send: [`+rawGet+`]}`, expect)
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Len(t, r.Reasons, 1)
			assert.Equal(t, "raw", r.Reasons[0].Kind)
			assert.Equal(t, "2", r.Reasons[0].Step)
			assert.Equal(t, 8, r.Reasons[0].Line)
			assert.Equal(t, script.Success, r.Steps[1].Outcome)
		})
	}
}

func TestUndisturbedScenarioHasNoRawStep(t *testing.T) {
	text := strings.NewReplacer("RAW", "{send: [x]}", "EXPECT", "{ended: closed}").Replace(rawDrill)
	s, err := script.Parse("raw.yaml", []byte(text))
	require.NoError(t, err)
	assert.True(t, s.Disturbed())
	quiet := s.Undisturbed()
	assert.Nil(t, quiet.Steps[1].Raw)
	r := scenarios.Run(t.Context(), quiet, scenarios.Options{})
	assert.Equal(t, scenarios.Pass, r.Verdict, "%+v", r.Reasons)
}

func TestProxyWithoutDigestsHasNoneInItsJournal(t *testing.T) {
	for setting, sums := range map[string]bool{
		"": true, "proxy: {digests: true}\n": true, "proxy: {digests: false}\n": false,
	} {
		s, err := script.Parse("raw.yaml", []byte(setting+`version: 1
name: digests
client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: k, content: hello}
`))
		require.NoError(t, err)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%+v", r.Reasons)
		assert.Equal(t, sums, r.Journal[0].RequestSHA256 != "", setting)
		other := scenarios.Run(t.Context(), s, scenarios.Options{Client: "sdk"})
		require.Equal(t, scenarios.Pass, other.Verdict, "%+v", other.Reasons)
		assert.NotEmpty(t, other.Journal[0].RequestSHA256, "another client may delete in another way")
	}
}

func TestRawStepTakesAnyCertificateIfItDoesNotVerify(t *testing.T) {
	for verify, ended := range map[string]string{"true": "handshake", "false": "left"} {
		s, err := script.Parse("raw.yaml", []byte(`version: 1
name: certificates
objects: [{bucket: demo, key: a.bin, content: hello}]
client: {builtin: {}}
steps:
  - raw: {send: [`+rawGet+`], verify: `+verify+`}
    expect: {raw: {ended: `+ended+`}}
  - exists: {bucket: demo, key: a.bin}
faults:
  - {match: {}, times: 1, tls: expired}
`))
		require.NoError(t, err)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		assert.Equal(t, scenarios.Pass, r.Verdict, "%s: %+v", verify, r.Reasons)
	}
}
