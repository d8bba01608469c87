package control_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "correct-horse-battery"

// rig is a proxy on loopback before an upstream that answers "content", and its control API.
type rig struct {
	t       *testing.T
	proxy   *faultproxy.Proxy
	handler *control.Handler
	s3      string // URL of the proxy
	api     string // URL of the API
	client  *http.Client
}

func newRig(t *testing.T, rules ...string) *rig {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "content")
	}))
	cfg := faultproxy.Config{Upstream: upstream.Listener.Addr().String(), Seed: 1}
	for _, text := range rules {
		rule, err := faultproxy.ParseRule(text)
		require.NoError(t, err)
		cfg.Rules = append(cfg.Rules, rule)
	}
	proxy, err := faultproxy.New(cfg)
	require.NoError(t, err)
	handler, err := control.New(control.Config{Proxy: proxy, Token: token})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(l) }()
	api := httptest.NewServer(handler)
	r := &rig{
		t: t, proxy: proxy, handler: handler, s3: "http://" + l.Addr().String(), api: api.URL,
		client: &http.Client{Transport: &http.Transport{}},
	}
	t.Cleanup(func() {
		r.client.CloseIdleConnections()
		require.NoError(t, proxy.Close())
		require.ErrorIs(t, <-served, faultproxy.ErrClosed)
		require.NoError(t, handler.Close())
		api.Close()
		upstream.Close()
	})
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request with the token.
func (r *rig) call(method, path, body string) answer {
	r.t.Helper()
	return r.callWith("Bearer "+token, method, path, body)
}

func (r *rig) callWith(authorization, method, path, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.api+path, strings.NewReader(body))
	require.NoError(r.t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return r.send(req)
}

// callAs is call with a Content-Type, "" for none.
func (r *rig) callAs(kind, method, path, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.api+path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return r.send(req)
}

func (r *rig) send(req *http.Request) answer {
	r.t.Helper()
	resp, err := r.client.Do(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// get asks the proxy for an object and returns the status it answers with.
func (r *rig) get(key string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.s3+"/demo/"+key, nil)
	require.NoError(r.t, err)
	return r.send(req).status
}

// rule is the JSON form of a rule, as the API sends it.
type rule struct {
	ID, Matched, Fired          int
	Label, Rule, Fault, Warning string
	Enabled                     bool
}

// rules are those that a list or a change of all answers with.
func (r *rig) rules(a answer) []rule {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, a.status, a.body)
	var list struct{ Rules []rule }
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &list))
	return list.Rules
}

func (r *rig) one(status int, a answer) rule {
	r.t.Helper()
	require.Equal(r.t, status, a.status, a.body)
	var one rule
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &one))
	return one
}
