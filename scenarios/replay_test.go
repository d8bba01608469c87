package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

const thisPackage = "github.com/s3chaos/s3chaos/scenarios"

func TestReplayOfOwnClientIsItsGoTest(t *testing.T) {
	own := scenarios.Options{NewClient: scenarios.NewBuiltin}
	r := scenarios.Run(context.Background(), drill(t, oneDownload), own)
	require.Equal(t, "go test -run '^TestReplayOfOwnClientIsItsGoTest$' "+thisPackage, r.Replay)
	t.Run("retry/503 twice?", func(t *testing.T) {
		results := scenarios.RunAll(context.Background(), []*scenarios.Scenario{drill(t, oneDownload)}, own, nil)
		require.Equal(t, "go test -run '^TestReplayOfOwnClientIsItsGoTest$' "+thisPackage, results[0].Replay)
		own.Test = t
		r := scenarios.Run(context.Background(), drill(t, oneDownload), own)
		name := `'^TestReplayOfOwnClientIsItsGoTest$/^retry$/^503_twice\?$'`
		require.Equal(t, "go test -run "+name+" "+thisPackage, r.Replay)
	})
}

func TestReplayOfOwnClientOutsideATestIsItsPackage(t *testing.T) {
	own := scenarios.Options{NewClient: scenarios.NewBuiltin}
	played := make(chan *scenarios.Result)
	go outside(played, drill(t, oneDownload), own)
	require.Equal(t, "go test "+thisPackage, (<-played).Replay, "a file of tests, but no test function")
}

// outside plays a drill on a goroutine without a test function on its stack.
func outside(played chan<- *scenarios.Result, s *scenarios.Scenario, o scenarios.Options) {
	played <- scenarios.Run(context.Background(), s, o)
}
