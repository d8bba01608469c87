// Package control steers a running fault proxy over HTTP: [New] makes the handler, [NewToken] the
// secret it asks for.
//
// The handler lists, adds, removes, toggles, resets and replaces rules, hands out the journal as
// NDJSON or HAR, follows it by server-sent events, and serves /healthz and, for Prometheus,
// /metrics. Every change of rules holds at once and for all requests that are decided after it, and
// never waits for those under way: what a removed rule holds up is let go. The API is described by
// the OpenAPI file of this folder, which is also served at /openapi.yaml.
//
//	token := control.NewToken()
//	handler, err := control.New(control.Config{Proxy: proxy, Token: token})
//	if err != nil {
//		return err
//	}
//	defer handler.Close()
//	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
//	go server.Serve(listener) // a loopback address: whoever has the token can break every request
//
// Rules are sent as they print, `{match: {operation: GetObject}, times: 2, respond: {status:
// 503}}`, or as the same in JSON:
//
//	curl -H "Authorization: Bearer $TOKEN" -d 'timeout: {}' http://127.0.0.1:9100/v1/rules
package control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// minToken is the least length of a token, in characters.
const minToken = 16

// maxBody is how much a request may say, in bytes.
const maxBody = 1 << 20

// writeTimeout is how long a client may leave an answer unread.
const writeTimeout = 30 * time.Second

// ErrConfig is what every error of New matches with errors.Is.
var ErrConfig = errors.New("invalid control configuration")

// Config is how a Handler is set up. Proxy and Token are required.
type Config struct {
	// Proxy is what is steered.
	Proxy *faultproxy.Proxy
	// Token is the bearer token that every request but those for /healthz must have, 16 characters
	// or more. See NewToken.
	Token string
	// ResetObjects makes the objects behind the proxy what they were at the start; nil: not
	// possible.
	ResetObjects func() error
	// Heartbeat is after how long a silence the stream of events says that it is still there; 0: 15
	// s.
	Heartbeat time.Duration
}

// NewToken returns a new random token of at least 128 bits.
func NewToken() string { return rand.Text() }

// Handler is the control API of one proxy, safe for concurrent use.
type Handler struct {
	proxy     *faultproxy.Proxy
	token     [sha256.Size]byte
	objects   func() error
	heartbeat time.Duration
	warned    warnings
	mux       *http.ServeMux
	tally     *tally

	open   context.Context // until Close
	cancel context.CancelFunc
	group  sync.WaitGroup
}

// New returns the handler for a proxy. It counts for /metrics from now on, until Close.
func New(cfg Config) (*Handler, error) {
	switch {
	case cfg.Proxy == nil:
		return nil, fmt.Errorf("%w: Proxy is nil", ErrConfig)
	case len(cfg.Token) < minToken:
		return nil, fmt.Errorf("%w: Token has less than 16 characters: NewToken makes a good one", ErrConfig)
	case strings.ContainsFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, fmt.Errorf("%w: Token holds what a header cannot: use printable ASCII without blanks", ErrConfig)
	case cfg.Heartbeat < 0:
		return nil, fmt.Errorf("%w: Heartbeat is negative", ErrConfig)
	case cfg.Heartbeat == 0:
		cfg.Heartbeat = 15 * time.Second
	}
	h := &Handler{
		proxy: cfg.Proxy, token: sha256.Sum256([]byte(cfg.Token)), heartbeat: cfg.Heartbeat, objects: cfg.ResetObjects,
		mux: http.NewServeMux(), tally: newTally(),
	}
	h.open, h.cancel = context.WithCancel(context.Background())
	for _, r := range h.routes() {
		h.mux.Handle(r.method+" "+r.path, withParameters(r.parameters, r.handle))
	}
	follower := cfg.Proxy.Journal().Follow()
	h.group.Go(func() { h.tally.run(h.open, follower) })
	return h, nil
}

// Close ends the streams of events, after what there still is for them, and waits for the handler's
// goroutine. The handler still answers after it, but /healthz says that it is stopping.
func (h *Handler) Close() error {
	h.cancel()
	h.group.Wait()
	return nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // where there is a connection
	if r.URL.Path != "/healthz" && !h.authorized(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="s3chaos"`)
		refuse(w, http.StatusUnauthorized, "the bearer token is missing or wrong", problem{
			Where: "header Authorization", Message: "not the token of this proxy",
			Hint: "send Authorization: Bearer TOKEN, with the token printed at its start",
		})
		return
	}
	if _, pattern := h.mux.Handler(r); pattern == "" {
		h.unrouted(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	h.mux.ServeHTTP(w, r)
}

// authorized compares in constant time, of digests, so that not even the token's length shows.
func (h *Handler) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(sum[:], h.token[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
