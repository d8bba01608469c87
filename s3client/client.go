package s3client

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	plain          bool // the endpoint speaks http, where a signature covers the content
	mostParts      int
	maxCopy        int64 // bytes that one CopyObject may copy
	copyPart       int64 // bytes of a part of a larger copy
}

// New returns a client for config, or an error that names every mistake in it. Nothing is sent.
func New(config Config) (*Client, error) {
	cfg, err := config.resolve()
	if err != nil {
		return nil, err
	}
	policy := retry.DefaultConfig()
	if cfg.Retry != nil {
		policy = *cfg.Retry
	}
	timeout := policy.AttemptTimeout
	if timeout == 0 {
		timeout = DefaultAttemptTimeout
	}
	if timeout < 0 {
		return nil, fmt.Errorf("s3client config: Retry.AttemptTimeout %s: want a positive duration", timeout)
	}
	// The watchdog of each attempt measures progress; a plain deadline would end a large object
	// that still moves.
	policy.AttemptTimeout = 0
	if cfg.Observer != nil || cfg.Logger.Enabled(context.Background(), slog.LevelError) {
		policy.Observer = retry.Observers(policy.Observer, witness{observer: cfg.Observer, logger: cfg.Logger})
	}
	retryer, err := retry.New(policy)
	if err != nil {
		return nil, fmt.Errorf("s3client config: %w", err)
	}

	c := &Client{
		http:           httpClient(cfg.HTTPClient),
		retryer:        retryer,
		policy:         policy,
		config:         cfg,
		regions:        new(regions),
		attemptTimeout: timeout,
		plain:          strings.HasPrefix(strings.ToLower(cfg.Endpoint), "http:"),
		mostParts:      MaxParts,
		maxCopy:        MaxCopySize,
		copyPart:       copyPartSize,
	}
	options := s3.Options{
		Region:       cfg.Region,
		Credentials:  cfg.Credentials,
		UsePathStyle: cfg.UsePathStyle,
		HTTPClient:   wire{c.http},
		Retryer:      aws.NopRetryer{},
		// The zero values of a literal s3.Options send and check nothing.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		APIOptions:                 stackOptions,
		EndpointResolverV2:         resolver{s3.NewDefaultEndpointResolverV2(), c.regions},
	}
	if cfg.Endpoint != "" {
		options.BaseEndpoint = aws.String(cfg.Endpoint)
	}
	c.s3 = s3.New(options)
	return c, nil
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

// CloseIdleConnections closes the connections that no request uses. A client whose HTTPClient was
// nil should be given up this way.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

func (c *Client) log(ctx context.Context, level slog.Level, message string, args ...any) {
	c.config.Logger.Log(ctx, level, message, args...)
}

func httpClient(given *http.Client) *http.Client {
	if given == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 64
		// S3 does not speak HTTP/2, and with one connection for all parts its loss would fail them
		// all. The clone still offers HTTP/2 in the TLS handshake, where a server of both versions
		// would choose it.
		transport.ForceAttemptHTTP2 = false
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(true)
		if transport.TLSClientConfig == nil {
			transport.TLSClientConfig = new(tls.Config)
		}
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
		given = &http.Client{Transport: transport}
	}
	client := *given
	// A redirection that net/http follows is a send that no attempt accounts for. Its signature
	// names the old host, and its session token may reach a foreign one.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}
