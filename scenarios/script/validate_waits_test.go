package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestFileWhoseWaitsExceedItsTimeoutIsRefused(t *testing.T) {
	const world = "version: 1\nname: waits\nclient: {builtin: {}}\nsteps:\n  - exists: {bucket: demo, key: a}\n"
	for steps, mistake := range map[string]string{
		"  - wait: 10s\ntimeout: 5s\n":                            "the 10s that the steps wait by themselves, got 5s",
		"  - wait: 3s\n  - wait: 2s\ntimeout: 5s\n":               "the 5s",
		"  - wait: 2s\n  - wait: 2s\ntimeout: 5s\n":               "",
		"  - rules: {after: 10s}\ntimeout: 5s\n":                  "the 10s",
		"  - wait: 600s\n":                                        "the 10m0s that",
		"  - repeat: {times: 9, step: {wait: 1s}}\ntimeout: 5s\n": "the 9s",
		"  - repeat: {times: 2000000, step: {wait: 99999h}}\n":    "that the steps wait",
		"  - parallel: [{wait: 3s}, {wait: 4s}]\ntimeout: 5s\n":   "",
		"  - parallel: [{wait: 3s}, {wait: 9s}]\ntimeout: 5s\n":   "the 9s",

		"  - parallel: [{wait: 3s}, {wait: 9s}]\n    deadline: 2s\ntimeout: 5s\n": "",
	} {
		_, err := script.Parse("a.yaml", []byte(world+steps))
		if mistake == "" {
			require.NoError(t, err, steps)
		} else {
			require.ErrorContains(t, err, mistake, steps)
		}
	}
}
