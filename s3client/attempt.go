package s3client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/s3chaos/s3chaos/retry"
)

// request is one logical S3 request: what stays the same however often it is tried.
type request struct {
	operation string
	bucket    string
	key       string
	part      int
	id        string // amz-sdk-invocation-id
	max       int
	cut       bool     // the last attempt lost its connection
	renewed   bool     // the credentials had expired, and were replaced
	direct    bool     // a server refused to answer Expect with 100: the request goes without it
	moves     int      // how often S3 has said that the request belongs elsewhere
	moved     *url.URL // where the request goes instead of the endpoint; nil: to the endpoint

	// goesOn reports whether the request continues although a call of the retry engine ended with
	// err; nil: it does not.
	goesOn func(err error) bool

	seen Attempt // the latest one, for the observer
}

func (r *request) begin(number int) {
	seen := Attempt{
		Operation: r.operation, Bucket: r.bucket, Key: r.key, Part: r.part,
		Number: number, Max: r.max, InvocationID: r.id, Start: time.Now(),
	}
	if number > 1 {
		seen.Wait = seen.Start.Sub(r.seen.End)
	}
	r.seen = seen
}

func (r *request) end(a *attempt, err error) {
	r.seen.End, r.seen.Err = time.Now(), err
	r.seen.Sent, r.seen.Received, r.seen.Sends = a.sent.Load(), a.received.Load(), a.sends
}

func (r *request) name() string {
	name := r.operation + " " + r.bucket + "/" + r.key
	if r.part > 0 {
		name += " part " + strconv.Itoa(r.part)
	}
	return name
}

// attempt is one try of a request.
type attempt struct {
	*request
	number int
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *watchdog
	piece  *piece // progress of the body sent; may be nil
	sha256 string // of the body sent, in hex; "": the SDK computes what it needs

	sent, received atomic.Int64
	sends          int          // requests on the wire
	broken         bool         // this attempt lost its connection
	expects        bool         // the request has Expect: 100-continue
	begun          bool         // the request reached the HTTP client
	length         int64        // bytes of the request body; 0: no body
	outgoing       *sending     // the request body; nil: no body
	status         int          // of the response; 0: no response
	foreign        bool         // the response is an error that S3 did not send
	header         http.Header  // of the response
	refusal        bytes.Buffer // body of a response that may tell a region or refuse the request
	skewed         bool         // the request was signed for a time that is not the server's
	url            *url.URL     // of the request
	origin         url.URL      // endpoint by the configuration: scheme, host and path before the key
	prefix         string       // path before the key, at the endpoint that the request went to
	region         string       // that the request was signed for
	body           io.Closer    // of the response
	credentials    aws.Credentials
	local          atomic.Value // localError: the source failed to supply the body
}

type localError struct{ error }

type (
	attemptKey struct{}
	requestKey struct{}
)

func attemptFrom(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

func (a *attempt) invocation() string { return a.id }

func (a *attempt) ordinal() string {
	return "attempt=" + strconv.Itoa(a.number) + "; max=" + strconv.Itoa(a.max)
}

func (c *Client) request(operation, key string, part int) *request {
	return &request{
		operation: operation, bucket: c.config.Bucket, key: key, part: part,
		id: newInvocationID(), max: c.retryer.MaxAttempts(),
	}
}

// do runs one logical request under the retry policy. op makes one attempt: it calls the SDK once
// and reads the response to its end.
func (c *Client) do(
	ctx context.Context, operation, key string, part int, op func(ctx context.Context, a *attempt) error,
) error {
	r := c.request(operation, key, part)
	return c.try(ctx, c.retryer, r, op)
}

// try runs r under the policy of retryer. Its attempts are numbered after those that r has had.
func (c *Client) try(
	ctx context.Context, retryer *retry.Retryer, r *request, op func(context.Context, *attempt) error,
) error {
	ctx = context.WithValue(ctx, requestKey{}, r)
	before := r.seen.Number
	return retryer.DoCall(ctx, r.call(), func(ctx context.Context, number int) error {
		a := c.begin(ctx, r, before+number)
		return c.end(ctx, a, op(a.ctx, a))
	})
}

// call is the request for the retry engine.
func (r *request) call() retry.Call { return retry.Call{Name: r.name(), Key: r.bucket} }

// begin starts an attempt under its watchdog.
func (c *Client) begin(ctx context.Context, r *request, number int) *attempt {
	a := &attempt{request: r, number: number}
	r.begin(number)
	a.credentials = c.used(ctx)
	a.ctx, a.cancel = context.WithCancelCause(context.WithValue(ctx, attemptKey{}, a))
	a.watch = watch(c.attemptTimeout, c.config.MinRate, a.cancel)
	return a
}

// end ends an attempt whose outcome was err, and returns what the retry engine needs to know.
func (c *Client) end(ctx context.Context, a *attempt, err error) error {
	err = a.close(err)
	if err != nil && (c.relocated(a) || c.renewed(ctx, a, err)) {
		err = retry.Retryable(err)
	}
	a.cut = a.broken
	a.end(a, err)
	return err
}

// close stops the watchdog and closes the response body. It returns the reason why the attempt
// failed with err.
func (a *attempt) close(err error) error {
	a.watch.stop()
	if a.body != nil {
		// A body that was read to its end returns its connection to the pool. Any other body closes
		// its connection, which is cheaper than reading a rest of unknown length.
		_ = a.body.Close()
	}
	stall, stalled := errors.AsType[*StallError](context.Cause(a.ctx))
	a.cancel(nil)
	if err == nil {
		return nil
	}
	if local, ok := a.local.Load().(localError); ok {
		return retry.Permanent(local.error)
	}
	if stalled {
		return stall
	}
	if hint, ok := retry.ParseHint(a.header, time.Now()); ok {
		err = &hinted{err, hint}
	}
	return a.mark(err)
}

// newInvocationID returns a random UUID.
func newInvocationID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	text := make([]byte, 0, 36)
	for i, group := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, group)
	}
	return string(text)
}
