package sweep

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The file of a finding names the client that was swept, whatever client the workload declares.
func TestFileNamesTheClientThatWasSwept(t *testing.T) {
	const sdk = "{sdk: {max_attempts: 4, attempt_timeout: 9s, part_size: 5MiB, concurrency: 2}}"
	for _, c := range []struct{ client, declared, want string }{
		{
			"builtin", sdk,
			"{builtin: {retry: {max_attempts: 4, attempt_timeout: 9s}, part_size: 5242880, concurrency: 2}}",
		},
		{"sdk", sdk, ""},
		{"", sdk, ""},
		{"builtin", "{builtin: {}}", ""},
		{"sdk:off", sdk, "{sdk: {mode: off, attempt_timeout: 9s, part_size: 5242880, concurrency: 2}}"},
		{"sdk", "{builtin: {retry: {max_attempts: 2}}}", "{sdk: {mode: standard, max_attempts: 2}}"},
	} {
		s, err := script.Parse("w.yaml", []byte("version: 1\nname: w\nclient: "+c.declared+
			"\nobjects: [{bucket: demo, key: k, size: 1}]\nsteps: [{exists: {bucket: demo, key: k}}]\n"))
		require.NoError(t, err)
		assert.Equal(t, c.want, clientText(&hunt.Player{Client: c.client}, s), "%s on %s", c.client, c.declared)
	}
}

// A program of an adapter must be done within a minute: a longer silence tells nothing of it.
func TestProgramsMeetNoSilenceThatOutlastsThem(t *testing.T) {
	for client, want := range map[string]bool{"builtin": true, "rclone": false} {
		c := &Config{Player: &hunt.Player{Client: client}}
		long := 0
		for _, v := range c.variants(Exchange{Operation: "GetObject"}) {
			if v.outlasts() {
				long++
			}
		}
		assert.Equal(t, want, long == 3, "%s: %d", client, long)
	}
}
