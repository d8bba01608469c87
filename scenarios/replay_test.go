package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

const thisPackage = "github.com/s3chaos/s3chaos/scenarios"

func TestTheReplayOfAnOwnClientIsItsGoTest(t *testing.T) {
	own := scenarios.Options{NewClient: scenarios.NewBuiltin}
	r := scenarios.Run(context.Background(), drill(t, oneDownload), own)
	require.Equal(t, "go test -run '^TestTheReplayOfAnOwnClientIsItsGoTest$' "+thisPackage, r.Replay)
	t.Run("retry/503 twice?", func(t *testing.T) {
		results := scenarios.RunAll(context.Background(), []*scenarios.Scenario{drill(t, oneDownload)}, own, nil)
		require.Equal(t, "go test -run '^TestTheReplayOfAnOwnClientIsItsGoTest$' "+thisPackage, results[0].Replay)
		own.Test = t
		r := scenarios.Run(context.Background(), drill(t, oneDownload), own)
		name := `'^TestTheReplayOfAnOwnClientIsItsGoTest$/^retry$/^503_twice\?$'`
		require.Equal(t, "go test -run "+name+" "+thisPackage, r.Replay)
	})
}

func TestTheReplayOfAnOwnClientWithoutATestIsItsPackage(t *testing.T) {
	own := scenarios.Options{NewClient: scenarios.NewBuiltin}
	played := make(chan *scenarios.Result)
	go outside(played, drill(t, oneDownload), own)
	require.Equal(t, "go test "+thisPackage, (<-played).Replay, "a file of tests, but no test function")
}

// outside plays a drill on a goroutine that no test function is on.
func outside(played chan<- *scenarios.Result, s *scenarios.Scenario, o scenarios.Options) {
	played <- scenarios.Run(context.Background(), s, o)
}
