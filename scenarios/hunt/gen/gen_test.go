package gen_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestConcurrentDrawsValidScenariosWithEveryFault(t *testing.T) {
	kinds := map[string]bool{}
	for seed := range uint64(500) {
		text := gen.Concurrent(seed).YAML()
		s, err := script.Parse("random.yaml", text)
		require.NoError(t, err, "%s", text)
		for _, r := range s.Rules() {
			kinds[r.Fault.Kind()] = true
		}
	}
	for _, kind := range faultproxy.Kinds() {
		require.True(t, kinds[kind], "no scenario has the fault %s", kind)
	}
}

func TestConcurrentDrawsTheSameScenarioFromTheSameSeed(t *testing.T) {
	require.Equal(t, gen.Concurrent(7).YAML(), gen.Concurrent(7).YAML())
	require.False(t, bytes.Equal(gen.Concurrent(7).YAML(), gen.Concurrent(8).YAML()))
}
