package s3client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
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

// The last attempt of a read is worth as much as one of the plain SDK, whose transport sends a read
// again when its pooled connection dies.
func TestTheLastAttemptOfAReadSurvivesADeadPool(t *testing.T) {
	config := s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxAttempts = 1 })}
	for name, c := range map[string]struct {
		dead    int
		pool    bool
		sends   int
		success bool
	}{
		"one dead connection": {1, true, 2, true}, "a server that resets them all": {0, true, 2, false},
		"a new connection": {1, false, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, config, func(w *world, content []byte) {
				if c.pool {
					w.warm(8)
				}
				w.on("GetObject", c.dead, reset)
				err := w.get(nil)
				require.Equal(w, c.success, err == nil, "%v", err)
				require.Equal(w, c.sends, w.count("GetObject"))
				last := w.attempts[len(w.attempts)-1]
				require.Equal(w, "GetObject", last.Operation)
				require.Equal(w, 1, last.Number)
				require.Equal(w, c.sends, last.Sends)
			})
		})
	}
}
