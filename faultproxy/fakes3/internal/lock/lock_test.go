package lock_test

import (
	"encoding/xml"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

func TestStateProtectsItsVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hour := time.Now().Add(time.Hour)
		for name, c := range map[string]struct {
			state             lock.State
			plain, overridden bool // deleted
		}{
			"none":       {lock.State{}, true, true},
			"held":       {lock.State{Hold: "ON"}, false, false},
			"released":   {lock.State{Hold: "OFF"}, true, true},
			"governance": {lock.State{Mode: lock.Governance, Until: hour}, false, true},
			"compliance": {lock.State{Mode: lock.Compliance, Until: hour}, false, false},
			"over":       {lock.State{Mode: lock.Compliance, Until: time.Now()}, true, true},
		} {
			require.Equal(t, c.plain, c.state.CheckDelete(false, time.Now()) == nil, name)
			require.Equal(t, c.overridden, c.state.CheckDelete(true, time.Now()) == nil, name)
		}
	})
}

func TestWrongHeadersAreRefused(t *testing.T) {
	future := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for name, h := range map[string]http.Header{
		"hold of no kind": {"X-Amz-Object-Lock-Legal-Hold": {"MAYBE"}},
		"mode alone":      {"X-Amz-Object-Lock-Mode": {"GOVERNANCE"}},
		"date alone":      {"X-Amz-Object-Lock-Retain-Until-Date": {future}},
		"mode of no kind": {"X-Amz-Object-Lock-Mode": {"FREE"}, "X-Amz-Object-Lock-Retain-Until-Date": {future}},
		"date of no kind": {"X-Amz-Object-Lock-Mode": {"GOVERNANCE"}, "X-Amz-Object-Lock-Retain-Until-Date": {"soon"}},
		"past date": {
			"X-Amz-Object-Lock-Mode":              {"GOVERNANCE"},
			"X-Amz-Object-Lock-Retain-Until-Date": {"2001-01-01T00:00:00Z"},
		},
	} {
		_, err := lock.FromHeaders(h, time.Now())
		require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code, name)
	}
	state, err := lock.FromHeaders(http.Header{
		"X-Amz-Object-Lock-Mode": {"GOVERNANCE"}, "X-Amz-Object-Lock-Retain-Until-Date": {future},
		"X-Amz-Object-Lock-Legal-Hold": {"ON"},
	}, time.Now())
	require.NoError(t, err)
	require.True(t, state.Given())
	h := http.Header{}
	state.Write(h)
	require.Len(t, h, 3)
}

func TestDocumentsAreReadAsTheyAreWritten(t *testing.T) {
	for _, rule := range []lock.Rule{
		{}, {Mode: lock.Governance, Days: 3}, {Mode: lock.Compliance, Years: 1},
	} {
		document, err := xml.Marshal(rule.Document())
		require.NoError(t, err)
		got, err := lock.ParseRule(document)
		require.NoError(t, err)
		require.Equal(t, rule, got)
	}
	state := lock.State{Mode: lock.Governance, Until: time.Now().Add(time.Hour).Truncate(time.Second).UTC(), Hold: "ON"}
	retention, err := state.Retention()
	require.NoError(t, err)
	document, err := xml.Marshal(retention)
	require.NoError(t, err)
	mode, until, err := lock.ParseRetention(document, time.Now())
	require.NoError(t, err)
	require.Equal(t, state.Mode, mode)
	require.Equal(t, state.Until, until)
	hold, err := state.LegalHold()
	require.NoError(t, err)
	document, err = xml.Marshal(hold)
	require.NoError(t, err)
	status, err := lock.ParseHold(document)
	require.NoError(t, err)
	require.Equal(t, "ON", status)
}
