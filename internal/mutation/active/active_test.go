package active_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation/active"
)

// Without a chosen mutant each function is its operator.
func TestOperatorsWithoutMutant(t *testing.T) {
	require.False(t, active.On(1))
	require.True(t, active.Less(1, 1, 2))
	require.False(t, active.Less(1, 2, 2))
	require.True(t, active.LessEqual(1, 2, 2))
	require.True(t, active.Greater(1, 2, 1))
	require.False(t, active.Greater(1, 2, 2))
	require.True(t, active.GreaterEqual(1, 2, 2))
	require.Equal(t, 5, active.Add(1, 3, 2))
	require.Equal(t, 1, active.Sub(1, 3, 2))
	require.Equal(t, 6, active.Mul(1, 3, 2))
	require.InDelta(t, 1.5, active.Div(1, 3.0, 2), 0)
	require.ErrorIs(t, active.Err(1, context.Canceled), context.Canceled)
	require.Empty(t, active.Take(), "nothing is traced")
}
