package s3client_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	format "github.com/s3chaos/s3chaos/scenarios/script"
)

// Random work under random faults: a write that was acknowledged is there, a read returns what was
// written or fails, and whatever fails leaves nothing behind. Each seed is a script; go test -fuzz
// tries others.
func FuzzRandomFaultsLoseNothing(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { play(t, seed) })
	})
}

// TestProveRandomScripts plays as many scripts as S3CLIENT_SCRIPTS says, beyond those of the fuzz
// test: `make prove` plays 100,000.
func TestProveRandomScripts(t *testing.T) {
	scripts, err := strconv.ParseUint(cmp.Or(os.Getenv("S3CLIENT_SCRIPTS"), "100"), 10, 64)
	require.NoError(t, err)
	const batch = 500
	for first := uint64(0); first < scripts; first += batch {
		t.Run(fmt.Sprintf("from %d", 100+first), func(t *testing.T) {
			for seed := first; seed < min(first+batch, scripts); seed++ {
				t.Run(fmt.Sprint(100+seed), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { play(t, 100+seed) })
				})
			}
		})
	}
}

// TestReplayRandomScript plays the script of S3CLIENT_SEED, as the report of a failure says.
func TestReplayRandomScript(t *testing.T) {
	text := os.Getenv("S3CLIENT_SEED")
	if text == "" {
		t.Skip("S3CLIENT_SEED names no script")
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	t.Log("\n" + draw(seed).String())
	synctest.Test(t, func(t *testing.T) { play(t, seed) })
}

func TestRandomScriptsPrintAsScenarios(t *testing.T) {
	for seed := range uint64(300) {
		text := draw(seed).String()
		_, err := format.Parse("random.yaml", []byte(text))
		require.NoError(t, err, text)
	}
}

func TestRandomScriptsDrawEveryFault(t *testing.T) {
	drawn := map[string]int{}
	for seed := range uint64(3000) {
		for _, text := range draw(seed).rules {
			rule, err := faultproxy.ParseRule(text)
			require.NoError(t, err, text)
			drawn[rule.Fault.Kind()]++
		}
	}
	for kind := range strings.FieldsSeq("respond ok_with_error timeout latency reset_peer close_early bandwidth " +
		"slicer corrupt refuse dns connect_timeout tls idle_close continue redirect stale throttle duplicate stall edit shorten malformed " +
		"whitespace delete_errors list") {
		require.NotZero(t, drawn[kind], kind)
	}
}
