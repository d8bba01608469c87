package faultproxy_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// parallelDrill runs eight clients that arrive at the same instant and retry at once, with faults
// that draw random numbers. It returns the journal's hash.
func parallelDrill(t *testing.T, seed uint64) (hash string) {
	synctest.Test(t, func(t *testing.T) {
		var rules []faultproxy.Rule
		for _, text := range []string{
			"times: 3, refuse: {}",
			"times: 5, match: {operation: GetObject}, respond: {status: 503}",
			"probability: 0.5, match: {operation: GetObject}, reset_peer: {after_bytes: 4}",
			"probability: 0.5, latency: {delay: 1ms, jitter: 5ms}",
		} {
			r, err := faultproxy.ParseRule(text)
			require.NoError(t, err)
			rules = append(rules, r)
		}
		lab := faulttest.LabConfig{Seed: seed, Rules: rules}.New(t, echo)
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				for range 6 {
					ctx := faultproxy.WithStep(t.Context(), fmt.Sprint("get ", worker/2))
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, lab.URL()+"/demo/one", nil)
					if !assert.NoError(t, err) {
						return
					}
					resp, err := lab.HTTPClient().Do(req)
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						_ = resp.Body.Close()
					}
					if err != nil {
						time.Sleep(10 * time.Millisecond)
					}
				}
			})
		}
		group.Wait()
		lab.HTTPClient().CloseIdleConnections()
		time.Sleep(time.Second)
		hash = lab.Journal().Hash()
	})
	return hash
}

func TestSameSeedGivesOneJournalAtAnyGOMAXPROCS(t *testing.T) {
	first := parallelDrill(t, 7)
	for range 50 {
		require.Equal(t, first, parallelDrill(t, 7))
	}
	assert.NotEqual(t, first, parallelDrill(t, 8), "another seed draws otherwise")
}
