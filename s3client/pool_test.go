package s3client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// warm leaves n idle connections in the pool.
func (w *world) warm(n int) {
	w.on("HeadObject", n, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
		time.Sleep(time.Second)
		up.ServeHTTP(rw, r)
	})
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			_, err := w.client.Exists(context.Background(), "k")
			require.NoError(w, err)
		})
	}
	group.Wait()
}

// The next attempt after a lost connection does not take another one of the same pool: a firewall
// or a restarted server has closed them all.
func TestAttemptAfterALostConnectionDoesNotTrustThePool(t *testing.T) {
	for name, act := range map[string]action{"reset": reset, "silence": silence} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.warm(8)
				fresh := map[string]bool{}
				old := map[string]bool{}
				w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
					if len(old) == 0 {
						old[r.RemoteAddr] = true
						act(rw, r, up)
						return
					}
					fresh[r.RemoteAddr] = true
					up.ServeHTTP(rw, r)
				})
				require.NoError(w, w.get(nil))
				require.Equal(w, 2, w.count("GetObject"))
				require.Len(w, fresh, 1)
				require.Equal(w, 1, w.network.Conns()/2, "the idle connections are closed")
			})
		})
	}
}
