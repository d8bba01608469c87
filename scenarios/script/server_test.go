package script_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestOffsetHasASign(t *testing.T) {
	for text, want := range map[string]time.Duration{"+20m": 20 * time.Minute, "-1h": -time.Hour, "0s": 0} {
		var o script.Offset
		require.NoError(t, o.UnmarshalText([]byte(text)))
		require.Equal(t, want, o.Duration, text)
	}
	var o script.Offset
	require.EqualError(t, o.UnmarshalText([]byte("soon")), `bad offset "soon": write it like +20m or -1h`)
}
