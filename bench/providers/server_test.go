package providers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/retry"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// faults is a server that answers each request by the next handler; the last one stays.
type faults struct {
	handlers []http.HandlerFunc
	n        atomic.Int32
}

func (f *faults) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	n := int(f.n.Add(1))
	f.handlers[min(n, len(f.handlers))-1](w, req)
}

func serve(t *testing.T, handlers ...http.HandlerFunc) (string, *faults, *http.Client) {
	t.Helper()
	f := &faults{handlers: handlers}
	server := httptest.NewServer(f)
	// A new connection for each request: on an old one net/http itself sends a request again.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.Close()
	})
	return server.URL, f, client
}

// status answers with a status, a header and a body.
func status(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// object answers with the content that a request asks for, or with a range of it.
func object(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		http.ServeContent(w, req, "a.bin", time.Time{}, strings.NewReader(content))
	}
}

// abort ends the connection without a response.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cut promises a longer body than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = w.Write([]byte("hel"))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func retryer(t *testing.T) *retry.Retryer {
	t.Helper()
	r, err := retry.New(retry.Config{MaxAttempts: 5, InitialDelay: retry.NoDelay})
	require.NoError(t, err)
	return r
}
