package s3client

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
)

// Client reads and writes the objects of one bucket. It is immutable and safe for use by many
// goroutines.
type Client struct {
	s3      *s3.Client
	http    *http.Client
	retryer *retry.Retryer
	policy  retry.Config // of retryer
	config  Config

	regions        *regions
	attemptTimeout time.Duration
	plain          bool  // the endpoint speaks http, where a signature covers the content
	maxCopy        int64 // bytes that one CopyObject may copy
	copyPart       int64 // bytes of a part of a larger copy
}

// New returns a client for config, or an error that names every mistake in it. Nothing is sent.
func New(config Config) (*Client, error) { return newClient(config, s3.Options{}) }

// newClient returns a client for config. options are the SDK's, as far as config does not set them.
func newClient(config Config, options s3.Options) (*Client, error) {
	cfg, err := config.resolve()
	if err != nil {
		return nil, err
	}
	c := &Client{
		http:     httpClient(cfg.HTTPClient),
		config:   cfg,
		regions:  new(regions),
		maxCopy:  MaxCopySize,
		copyPart: copyPartSize,
	}
	if size := cfg.CopyPartSize; size > 0 {
		c.maxCopy, c.copyPart = size, size
	}
	policy := retry.DefaultConfig()
	if cfg.Retry != nil {
		policy = *cfg.Retry
	}
	if err := c.setPolicy(policy); err != nil {
		return nil, err
	}
	if err := c.connect(options); err != nil {
		return nil, err
	}
	return c, nil
}

// setPolicy sets the retry policy of the client.
func (c *Client) setPolicy(policy retry.Config) error {
	timeout := policy.AttemptTimeout
	if timeout == 0 {
		timeout = DefaultAttemptTimeout
	}
	if timeout < 0 {
		return fmt.Errorf("s3client config: Retry.AttemptTimeout %s: want a positive duration", timeout)
	}
	// The watchdog of each attempt measures progress; a plain deadline would end a large object
	// that still moves.
	policy.AttemptTimeout = 0
	if c.config.Observer != nil || c.config.Logger.Enabled(context.Background(), slog.LevelError) {
		witness := witness{observer: c.config.Observer, logger: c.config.Logger}
		policy.Observer = retry.Observers(policy.Observer, witness)
	}
	retryer, err := retry.New(policy)
	if err != nil {
		return fmt.Errorf("s3client config: %w", err)
	}
	c.policy, c.retryer, c.attemptTimeout = policy, retryer, timeout
	return nil
}

// WithRetry returns a client with another retry policy that shares everything else: for single
// calls, as in
//
//	patient, err := client.WithRetry(policy)
//	…
//	err = patient.Upload(ctx, path, key, nil)
//
// The policy has its own budget unless it names the budget of another policy. For the meaning of
// AttemptTimeout see Config.Retry.
func (c *Client) WithRetry(policy retry.Config) (*Client, error) {
	other := *c
	if err := other.setPolicy(policy); err != nil {
		return nil, err
	}
	return &other, nil
}

// WithBucket returns a client for another bucket that shares everything else: connections, retry
// budget, prefix.
func (c *Client) WithBucket(bucket string) *Client {
	other := *c
	other.config.Bucket = bucket
	return &other
}

// Bucket is the bucket of the client.
func (c *Client) Bucket() string { return c.config.Bucket }

// CloseIdleConnections closes the connections that no request uses. A caller that set no HTTPClient
// should call it when it needs the client no longer.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

func (c *Client) log(ctx context.Context, level slog.Level, message string, args ...any) {
	c.config.Logger.Log(ctx, level, message, args...)
}

func httpClient(given *http.Client) *http.Client {
	if given == nil {
		given = &http.Client{Transport: tuned(http.DefaultTransport.(*http.Transport).Clone())}
	}
	client := *given
	// A redirection that net/http follows is a send that no attempt accounts for. Its signature
	// names the old host, and its session token may reach a foreign one.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// tuned makes transport fit for many parts at once over HTTP/1.1.
func tuned(transport *http.Transport) *http.Transport {
	transport.MaxIdleConnsPerHost = 64
	// S3 does not speak HTTP/2, and with one connection for all parts its loss would fail them all.
	// A transport still offers HTTP/2 in the TLS handshake, where a server of both versions would
	// choose it.
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = new(tls.Config)
	}
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	return transport
}
