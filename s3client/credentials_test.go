package s3client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// tokens hands out the credentials of the world with one session token after the other.
type tokens struct {
	mu    sync.Mutex
	list  []string
	calls int
}

func (p *tokens) Retrieve(context.Context) (aws.Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := p.list[min(p.calls, len(p.list)-1)]
	p.calls++
	return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: token}, nil
}

// expired refuses requests with the session token "old".
func expired(rw http.ResponseWriter, r *http.Request, up http.Handler) {
	if r.Header.Get("X-Amz-Security-Token") == "old" {
		respond(400, "ExpiredToken")(rw, r, nil)
		return
	}
	up.ServeHTTP(rw, r)
}

func TestExpiredTokenIsRetriedOnceWithNewCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		list  []string
		ok    bool
		sends int
	}{
		"new": {[]string{"old", "new"}, true, 2}, "the same": {[]string{"old"}, false, 1},
		"old again": {[]string{"old", "older", "old"}, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			provider := &tokens{list: c.list}
			in(t, s3client.Config{Credentials: provider}, func(w *world) {
				w.unsigned()
				require.NoError(w, w.fake.Put("demo", "k", noise(10)))
				w.on("GetObject", 0, expired).on("HeadObject", 0, expired)
				err := w.get(nil)
				require.Equal(w, c.sends, w.count("GetObject"))
				if !c.ok {
					require.Equal(w, "ExpiredToken", code(err))
					require.ErrorIs(w, err, retry.ErrPermanent)
					return
				}
				require.NoError(w, err)
				calls := provider.calls
				_, err = w.client.Exists(context.Background(), "k")
				require.NoError(w, err)
				require.Equal(w, calls, provider.calls, "the credentials are cached")
			})
		})
	}
}

func TestExpiredTokenOfAHeadIsRetriedToo(t *testing.T) {
	in(t, s3client.Config{Credentials: &tokens{list: []string{"old", "new"}}}, func(w *world) {
		w.unsigned()
		require.NoError(w, w.fake.Put("demo", "k", noise(10)))
		w.on("HeadObject", 0, expired)
		there, err := w.client.Exists(context.Background(), "k")
		require.NoError(w, err)
		require.True(w, there)
		require.Equal(w, 2, w.count("HeadObject"))
	})
}

func TestTransferBelowTheMinimumRateStalls(t *testing.T) {
	drip := func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
		rw.Header().Set("Etag", `"x"`)
		rw.Header().Set("Content-Length", "1000")
		for range 1000 {
			select {
			case <-time.After(29 * time.Second):
			case <-r.Context().Done():
				return
			}
			if _, err := rw.Write([]byte("x")); err != nil {
				return
			}
			_ = http.NewResponseController(rw).Flush()
		}
	}
	for rate, ok := range map[int64]bool{0: true, 1: false} {
		in(t, s3client.Config{MinRate: rate, IgnoreETag: true}, func(w *world) {
			w.on("GetObject", 0, drip)
			err := w.get(nil)
			if ok {
				require.NoError(w, err)
				return
			}
			require.ErrorIs(w, err, retry.ErrAttemptTimeout)
		})
	}
}
