package hunt_test

// Laws about what a client need not do, or must not leave, each with a planted client that breaks
// it.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
)

const downloadUnder = `version: 1
name: a download
objects: [{bucket: demo, key: a.bin, size: 64KiB}]
client: {builtin: {retry: {max_attempts: %ATTEMPTS%, initial_delay: 1s, max_delay: 2s, jitter: %JITTER%}}}
steps: [{download: {bucket: demo, key: a.bin%RANGE%}%DEADLINE%}]
faults: [{%FAULT%}]
`

// downloading returns downloadUnder with these values instead of the usual ones.
func downloading(values map[string]string) string {
	text := downloadUnder
	for name, usual := range map[string]string{
		"ATTEMPTS": "3", "JITTER": "none", "RANGE": "", "DEADLINE": "",
		"FAULT": "times: 1, respond: {status: 503, code: SlowDown}",
	} {
		if value, given := values[name]; given {
			usual = value
		}
		text = strings.ReplaceAll(text, "%"+name+"%", usual)
	}
	return text
}

func TestPlantedClientBreaksTheLaw(t *testing.T) {
	denied := map[string]string{
		"FAULT": `respond: {status: 403, code: AccessDenied, message: "connection reset by geoffrey"}`,
	}
	for defect, c := range map[string]struct {
		script map[string]string
		kind   hunt.Kind
		text   string
	}{
		"tool-jitters-after-the-cap": {
			map[string]string{"ATTEMPTS": "9", "JITTER": "additive", "FAULT": "respond: {status: 503, code: SlowDown}"},
			hunt.WrongWait, "the client waited 2.25s after attempt 2",
		},
		"tool-overflows": {
			map[string]string{"ATTEMPTS": "40", "FAULT": "respond: {status: 503, code: SlowDown}"},
			hunt.WrongWait, "the client waited 0s after attempt 35 of GetObject",
		},
		"waits-too-long": {nil, hunt.WrongWait, "the client waited 10s after attempt 1"},
		"tool-sleeps-past-the-deadline": {
			map[string]string{"DEADLINE": ", deadline: 600ms"},
			hunt.VainWait, "the client waited 59",
		},
		"tool-ignores-marks":      {denied, hunt.RefusalRetried, "although S3 had refused it with 403 AccessDenied"},
		"tool-reads-eof-anywhere": {denied, hunt.RefusalRetried, "the client sent GetObject again"},
		"ignores-ranges": {
			map[string]string{"RANGE": ", range: 0-999"}, hunt.WholeForRange, "of which its caller wants a range",
		},
		"leaves-half-files":      {denied, "torn-file", "neither the old file nor demo/a.bin, whole"},
		"leaves-temporary-files": {nil, "leak", "left behind: the file .s3chaos-download-1.part"},
		"gives-up-on-network-errors": {
			map[string]string{"FAULT": "times: 1, reset_peer: {at: response_head}"},
			hunt.NotRetried, "gave up GetObject after one attempt",
		},
	} {
		t.Run(defect, func(t *testing.T) {
			s := parse(t, downloading(c.script))
			right := hunt.Player{Client: "builtin"}
			require.NoError(t, right.Prepare(t.Context()))
			require.Empty(t, right.Play(t.Context(), s).Findings)

			o := player(t, defect).Play(t.Context(), s)
			require.Empty(t, o.Unjudged)
			require.NotEmpty(t, o.Findings)
			require.Equal(t, c.kind, o.Findings[0].Kind, o.Findings)
			require.Contains(t, o.Findings[0].Sentence, c.text)
		})
	}
}

// A page of a portal says nothing about an object.
func TestPlantedClientBelievesAPortal(t *testing.T) {
	s := parse(t, existsTwice+"faults: [{times: 1, respond: {status: 404, body: html}}]\n")
	right := hunt.Player{Client: "builtin"}
	require.NoError(t, right.Prepare(t.Context()))
	require.Empty(t, right.Play(t.Context(), s).Findings)
	o := player(t, "believes-every-sender").Play(t.Context(), s)
	require.Len(t, o.Findings, 1, o.Unjudged)
	require.Equal(t, hunt.Signature("wrong-read HeadObject respond"), o.Findings[0].Coarse())
}

// A client that cannot read the code does not know that the refusal is final.
func TestRefusalWithoutItsCodeMayBeRetried(t *testing.T) {
	for shorten, found := range map[string]bool{"": true, "chain: true, times: 1, shorten: {to: 10B}}, {": false} {
		fault := shorten + `times: 1, respond: {status: 403, code: AccessDenied, message: "connection reset"}`
		s := parse(t, downloading(map[string]string{"FAULT": fault}))
		o := player(t, "tries-again-itself").Play(t.Context(), s)
		require.Empty(t, o.Unjudged)
		require.Equal(t, found, len(o.Findings) > 0, o.Findings)
	}
}

// The code of a refusal says more than a status that something on the way has changed.
func TestRefusalUnderAnotherStatusNeedNotBeRetried(t *testing.T) {
	p := &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, `version: 1
name: a download of what is not there
client: {builtin: {}}
steps: [{download: {bucket: demo, key: b.bin}}]
faults: [{times: 1, edit: {status: 503}}]
`))
	require.Equal(t, 1, o.Result.FaultsFired())
	require.Empty(t, o.Findings)
}

// The response to the first attempt is lost, and S3 refuses the second.
func TestOwnWriteIsNoConflict(t *testing.T) {
	const script = `version: 1
name: a conditional upload whose response is lost
client: {builtin: {retry: {max_attempts: 3, jitter: none}}}
steps: [{upload_stream: {bucket: demo, key: a.bin, size: 1KiB, if_none_match: "*", seekable: true}}]
faults: [{match: {operation: PutObject}, times: 1, after_upstream: true, respond: {status: 500}}%s]
`
	play := func(p *hunt.Player, more string) []hunt.Finding {
		require.NoError(t, p.Prepare(t.Context()))
		o := p.Play(t.Context(), parse(t, fmt.Sprintf(script, more)))
		require.Empty(t, o.Unjudged)
		return o.Findings
	}
	require.Empty(t, play(&hunt.Player{Client: "builtin"}, ""))
	found := play(player(t, "tool-blames-itself"), "")
	require.Len(t, found, 1)
	require.Equal(t, hunt.FalseConflict, found[0].Kind)
	const lookupFails = ", {match: {operation: HeadObject}, respond: {status: 403, code: AccessDenied}}"
	require.Empty(t, play(&hunt.Player{Client: "builtin"}, lookupFails))
}

// The policies of scripts do not bind a client with its own.
func TestOwnPolicyIsNotJudged(t *testing.T) {
	slow := map[string]string{"ATTEMPTS": "2", "FAULT": "times: 4, respond: {status: 503, code: SlowDown}"}
	for _, own := range []bool{false, true} {
		p := &hunt.Player{OwnPolicy: own, New: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			other := *c.Scenario
			builtin := *other.Client.Builtin
			builtin.Retry.MaxAttempts, builtin.Retry.InitialDelay = new(5), new(300*time.Millisecond)
			other.Client.Builtin = &builtin
			c.Scenario = &other
			return scenarios.NewBuiltin(c)
		}}
		require.NoError(t, p.Prepare(t.Context()))
		o := p.Play(t.Context(), parse(t, downloading(slow)))
		require.Empty(t, o.Unjudged)
		require.Equal(t, own, len(o.Findings) == 0, o.Findings)
	}
}

// A client that computes stops virtual time, and only real time ends its drill.
func TestClientThatComputesWithoutEndIsFoundWithinItsRealTime(t *testing.T) {
	var over atomic.Bool
	defer over.Store(true)
	p := &hunt.Player{RealTime: time.Second, New: func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		return computer{good, &over}, err
	}}
	require.NoError(t, p.Prepare(t.Context()))
	o := p.Play(t.Context(), parse(t, uploadUnder))
	require.Len(t, o.Findings, 1, o.Unjudged)
	require.Equal(t, hunt.Endless, o.Findings[0].Kind)
	require.Contains(t, o.Result.Err().Error(), "1s of real time have passed")
}

// computer never returns from an upload until the test is over.
type computer struct {
	scenarios.Client
	over *atomic.Bool
}

func (c computer) Upload(context.Context, string, string, string, func(int64)) error {
	for !c.over.Load() { //nolint:revive // it computes
	}
	return nil
}

// Scripts that a hunt has drawn: the builtin client does what it can, or did not do so before.
func TestBuiltinClientIsRight(t *testing.T) {
	files, err := filepath.Glob("testdata/right/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	right := &hunt.Player{Client: "builtin"}
	require.NoError(t, right.Prepare(t.Context()))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			o := right.Find(t.Context(), parse(t, string(text)))
			require.Empty(t, o.Unjudged)
			require.Empty(t, o.Findings)
		})
	}
}
