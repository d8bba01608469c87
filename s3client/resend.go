package s3client

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// The last attempt of a read must not be lost to a connection that died while it was idle in the
// pool. net/http alone would send such a read again, so a client that makes one attempt would
// otherwise be worse than the plain SDK. An earlier attempt needs no second send, because the next
// attempt takes a new connection.

// send sends the request. If it is the last attempt of a GET or HEAD, and a pooled connection fails
// before the first byte of a response, send closes the idle connections and sends the request once
// more. The observer sees the second send in [Attempt.Sends].
func (w wire) send(req *http.Request, a *attempt) (*http.Response, error) {
	if a == nil || a.number != a.max || req.Body != io.ReadCloser(unreplayable{}) {
		return w.client.Do(req)
	}
	var pooled, answered atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:              func(info httptrace.GotConnInfo) { pooled.Store(info.Reused) },
		GotFirstResponseByte: func() { answered.Store(true) },
	})
	resp, err := w.client.Do(req.WithContext(ctx))
	if err == nil || !pooled.Load() || answered.Load() || ctx.Err() != nil {
		return resp, err
	}
	w.client.CloseIdleConnections()
	a.sends++
	return w.client.Do(req)
}
