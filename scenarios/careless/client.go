package careless

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// patience is how long the client waits for a response, unless it ignores time.
const patience = 30 * time.Second

// Client is a careless S3 client. It is safe for concurrent use.
type Client struct {
	endpoint string
	http     *http.Client
	dir      string
	spec     *script.Careless
}

// New returns a client of the endpoint, whose files are below dir.
func New(endpoint string, client *http.Client, dir string, spec *script.Careless) *Client {
	return &Client{endpoint: endpoint, http: client, dir: dir, spec: spec}
}

func (c *Client) ignores(b script.Blindness) bool { return c.spec.Blind(b) }

// A StatusError is a response that is no success.
type StatusError int

func (e StatusError) Error() string { return fmt.Sprintf("S3 answered %d", int(e)) }

// errNoResponse wraps the reason why no whole response came: what the request did is unknown.
var errNoResponse = errors.New("no whole response")

var (
	errForeign   = errors.New("the response is not S3's")
	errInBody    = errors.New("the body is an error document")
	errUncounted = errors.New("the object has no length")
)

// A request is what send sends.
type request struct {
	method, bucket, key string
	query               url.Values
	header              http.Header
	body                []byte
	object              bool // the response's body is an object, not a document
}

// send sends a request and returns the whole body of its response.
func (c *Client) send(ctx context.Context, r request) ([]byte, http.Header, error) {
	if !c.ignores(script.BlindTime) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	address := c.endpoint + "/" + r.bucket
	if r.key != "" {
		address += "/" + (&url.URL{Path: r.key}).EscapedPath()
	}
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(r.body))
	if err != nil {
		return nil, nil, err
	}
	if r.header != nil {
		req.Header = r.header
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, c.unheard(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // what matters was read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil && !c.ignores(script.BlindLength) {
		return body, resp.Header, c.unheard(ctx, err)
	}
	return body, resp.Header, c.check(r, resp, body)
}

// unheard is the error where no whole response came; nil for a client that ignores it.
func (c *Client) unheard(ctx context.Context, err error) error {
	if c.ignores(script.BlindErrors) && ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errNoResponse, err)
}

// check looks at what came, except for what the client ignores.
func (c *Client) check(r request, resp *http.Response, body []byte) error {
	success := resp.StatusCode < 300
	switch {
	case resp.Header.Get("X-Amz-Request-Id") == "" && !c.ignores(script.BlindBody):
		return errForeign
	case !success && !c.ignores(script.BlindStatus):
		return StatusError(resp.StatusCode)
	case success && bytes.Contains(body, []byte("<Error>")) && !c.ignores(script.BlindBody):
		return errInBody
	case success && r.object && resp.ContentLength < 0 && !c.ignores(script.BlindLength):
		return errUncounted
	}
	return nil
}
