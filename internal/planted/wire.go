package planted

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file changes what a client sends and receives.

// A wire is a transport with a defect.
type wire struct {
	next   http.RoundTripper
	config scenarios.ClientConfig
	// send changes the request, or answers it without sending it. Nil changes nothing.
	send func(*http.Request) *http.Response
	// receive changes the response. The error is nil if resp is not. Nil changes nothing.
	receive func(req *http.Request, resp *http.Response, err error) (*http.Response, error)
	// again reports whether the request is sent again after the response, up to twice. Nil: never.
	again func(*http.Response) bool
}

// rewind gives the request its body again, and reports whether it could.
func rewind(req *http.Request) bool {
	if req.Body == nil || req.ContentLength == 0 { // the SDK's requests without a body have an empty one
		return true
	}
	if req.GetBody == nil {
		return false
	}
	body, err := req.GetBody()
	if err != nil {
		return false
	}
	req.Body = body
	return true
}

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if w.send != nil {
		req = req.Clone(req.Context())
		if resp := w.send(req); resp != nil {
			return resp, nil
		}
		if err := sign(req, w.config); err != nil {
			return nil, err
		}
	}
	resp, err := w.next.RoundTrip(req)
	for range 2 {
		if err != nil || w.again == nil || !w.again(resp) || !rewind(req) {
			break
		}
		_ = readBody(resp)
		resp, err = w.next.RoundTrip(req)
	}
	if w.receive != nil {
		return w.receive(req, resp, err)
	}
	return resp, err
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (w wire) CloseIdleConnections() {
	if next, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// over returns the drill's own client over the wire.
func over(w wire) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		between := func(next http.RoundTripper) http.RoundTripper {
			changed := w
			changed.next, changed.config = next, c
			return changed
		}
		client := *c.HTTPClient
		client.Transport = between(client.Transport)
		c.HTTPClient = &client
		wrap := c.Wrap
		c.Wrap = func(t http.RoundTripper) http.RoundTripper { return between(wrap(t)) }
		return own(c)
	}
}

// sending is a wire that changes requests, and receiving is a wire that changes whole responses.
func sending(change func(*http.Request)) wire {
	return wire{send: func(req *http.Request) *http.Response {
		change(req)
		return nil
	}}
}

func receiving(change func(*http.Request, *http.Response)) wire {
	return wire{receive: func(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
		if err == nil {
			change(req, resp)
		}
		return resp, err
	}}
}

// answer returns a response that no server sent.
func answer(req *http.Request, status int, body string) *http.Response {
	resp := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, StatusCode: status,
		Status: strconv.Itoa(status) + " " + http.StatusText(status), Header: http.Header{},
	}
	resp.Header.Set("X-Amz-Request-Id", "PLANTED")
	setBody(resp, []byte(body))
	return resp
}

func setBody(resp *http.Response, body []byte) {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
}

// setStatus changes the status of a response.
func setStatus(resp *http.Response, status int) {
	resp.StatusCode, resp.Status = status, strconv.Itoa(status)+" "+http.StatusText(status)
}

// readBody reads the body and closes it. What came before an error counts as the body.
func readBody(resp *http.Response) []byte {
	body, err := io.ReadAll(resp.Body)
	if closed := resp.Body.Close(); err != nil || closed != nil {
		return body
	}
	return body
}
