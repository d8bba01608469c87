package hunt_test

// What a client sends a second time although it need not.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/hunt"
)

const existsTwice = `version: 1
name: two lookups
objects: [{bucket: demo, key: a.bin, size: 1KiB}]
client: {builtin: {}}
steps:
  - exists: {bucket: demo, key: a.bin}
  - exists: {bucket: demo, key: a.bin}
`

func TestAttemptThatIsSentAgainAfterItsResponseIsFound(t *testing.T) {
	o := player(t, "asks-twice").Play(t.Context(), parse(t, existsTwice))
	require.NotEmpty(t, o.Findings)
	require.Equal(t, hunt.Multiplied, o.Findings[0].Kind)
	require.Contains(t, o.Findings[0].Sentence, "HeadObject again within attempt=1, although the response was 200")
}

func TestRequestsOfTwoStepsAreNotOneAttempt(t *testing.T) {
	p := &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	require.Empty(t, p.Play(t.Context(), parse(t, existsTwice)).Findings)
}

const resumed = `version: 1
name: a resumed upload
files: [{path: in.bin, size: 6MiB}]
client: {builtin: {part_size: 5MiB, concurrency: 1}}
steps:
  - upload: {bucket: demo, key: large.bin, from: in.bin, resume_file: upload.json}
    cancel_after: 900us
  - resume: {bucket: demo, key: large.bin, from: in.bin, resume_file: upload.json%s}
%s`

func TestPartThatS3HasConfirmedIsNotSentAgain(t *testing.T) {
	const lostList = "faults:\n" +
		"  - {match: {operation: ListParts}, times: 3, respond: {status: 404, code: NoSuchUpload}}\n"
	for _, c := range []struct {
		name, client, options, faults string
		found                         bool
	}{
		{name: "goes on", client: "builtin"},
		{name: "begins anew", client: "begins-again", found: true},
		{name: "begins anew with other options", client: "begins-again", options: ", content_type: text/plain"},
		{name: "the upload is gone", client: "builtin", faults: lostList},
		{name: "begins anew, and the upload is gone", client: "begins-again", faults: lostList, found: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &hunt.Player{Client: c.client}
			if c.client != "builtin" {
				p = player(t, c.client)
			}
			require.NoError(t, p.Prepare(t.Context()))
			o := p.Play(t.Context(), parse(t, fmt.Sprintf(resumed, c.options, c.faults)))
			require.Empty(t, o.Unjudged)
			var kinds []hunt.Kind
			for _, f := range o.Findings {
				kinds = append(kinds, f.Kind)
			}
			if !c.found {
				require.NotContains(t, kinds, hunt.SentAgain, o.Findings)
				return
			}
			require.Contains(t, kinds, hunt.SentAgain, o.Findings)
		})
	}
}

// A client may take these for failures that another attempt meets too.
func TestClientNeedNotRetryWhatMayLast(t *testing.T) {
	for fault, accused := range map[string]bool{
		"malformed: {as: status_line}": false,
		"dns: nxdomain":                false,
		"tls: expired":                 false,
		"tls: wrong_name":              false,
		"tls: untrusted":               false,
		"tls: handshake":               false,
		"dns: temporary":               true,
		"refuse: {as: refused}":        true,
	} {
		t.Run(fault, func(t *testing.T) {
			s := parse(t, existsTwice+"faults:\n  - {times: 1, "+fault+"}\n")
			o := player(t, "never-retries").Play(t.Context(), s)
			require.Empty(t, o.Unjudged)
			require.Equal(t, 1, o.Result.FaultsFired())
			require.Equal(t, accused, len(o.Findings) > 0, o.Findings)
		})
	}
}

// A transport may dial for one step and send the request of another.
func TestClientNeedNotRetryWhatMayLastForAnotherStep(t *testing.T) {
	const together = `version: 1
name: two lookups at once
objects: [{bucket: demo, key: a.bin, size: 1KiB}]
client: {builtin: {}}
steps: [{parallel: [{exists: {bucket: demo, key: a.bin}}, {exists: {bucket: demo, key: a.bin}}]}]
faults: [{times: 1, refuse: {as: no_route}}%s]
`
	for other, accused := range map[string]bool{"": true, ", {times: 1, tls: handshake}": false} {
		o := player(t, "never-retries").Play(t.Context(), parse(t, fmt.Sprintf(together, other)))
		require.Empty(t, o.Unjudged)
		require.Equal(t, accused, len(o.Findings) > 0, o.Findings)
	}
}
