package s3client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/s3chaos/s3chaos/retry"
)

// This file makes the client of the SDK, from the configuration of this package and that of the
// SDK.

// FromConfig returns a client for sdk, which a program usually loads with LoadDefaultConfig of the
// SDK's module config: region, credentials, endpoint, FIPS and dual stack come from the
// environment, the shared files or the machine's role. Fields that config sets take precedence. It
// must set Bucket.
//
// Of sdk, RetryMaxAttempts becomes the attempts of the policy where config has none. Its Retryer
// and the checksum settings do not apply: this package retries and computes checksums itself. Its
// HTTPClient applies if it is an *http.Client, or the one that the SDK builds.
func FromConfig(sdk aws.Config, config Config) (*Client, error) {
	options := s3.NewFromConfig(sdk).Options()
	options.ExpressCredentials = nil // they would open sessions with another client
	if config.Region == "" {
		config.Region = options.Region
	}
	if config.Credentials == nil && config.AccessKey == "" && config.SecretKey == "" {
		config.Credentials = options.Credentials
	}
	if config.Endpoint == "" {
		config.Endpoint = aws.ToString(options.BaseEndpoint)
	}
	if config.HTTPClient == nil {
		config.HTTPClient = plainHTTP(sdk.HTTPClient)
	}
	if config.Retry == nil && sdk.RetryMaxAttempts > 0 {
		policy := retry.DefaultConfig()
		policy.MaxAttempts = sdk.RetryMaxAttempts
		config.Retry = &policy
	}
	return newClient(config, options)
}

// plainHTTP returns the HTTP client of an SDK configuration; nil: it has none that this package can
// use.
func plainHTTP(client aws.HTTPClient) *http.Client {
	switch client := client.(type) {
	case *http.Client:
		return client
	case *awshttp.BuildableClient:
		return &http.Client{Transport: tuned(client.GetTransport()), Timeout: client.GetTimeout()}
	}
	return nil
}

// connect makes the client of the SDK.
func (c *Client) connect(options s3.Options) error {
	cfg := &c.config
	transport := wire{c.http}
	options.Region, options.Credentials, options.UsePathStyle = cfg.Region, cfg.Credentials, cfg.UsePathStyle
	options.HTTPClient, options.Retryer, options.RetryMaxAttempts = transport, aws.NopRetryer{}, 0
	options.BaseEndpoint = optional(cfg.Endpoint)
	// The zero values of a literal s3.Options send and check nothing.
	options.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
	options.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
	if options.EndpointResolverV2 == nil {
		options.EndpointResolverV2 = s3.NewDefaultEndpointResolverV2()
	}
	if cfg.Options != nil {
		cfg.Options(&options)
		if options.HTTPClient != s3.HTTPClient(transport) || options.Retryer != aws.Retryer(aws.NopRetryer{}) {
			return errors.New("s3client config: Options: want HTTPClient and Retryer as they are")
		}
		cfg.Region, cfg.Credentials = options.Region, options.Credentials
		cfg.Endpoint = aws.ToString(options.BaseEndpoint)
	}
	c.plain = strings.HasPrefix(strings.ToLower(cfg.Endpoint), "http:") || options.EndpointOptions.DisableHTTPS
	options.EndpointResolverV2 = resolver{options.EndpointResolverV2, c.regions}
	options.APIOptions = slices.Concat(stackOptions, options.APIOptions, []func(*middleware.Stack) error{c.addOwner})
	c.s3 = s3.New(options)
	return nil
}

// addOwner adds the headers that are the same for all requests of the client.
func (c *Client) addOwner(stack *middleware.Stack) error {
	headers := make(map[string]string)
	if owner := c.config.ExpectedBucketOwner; owner != "" {
		headers["X-Amz-Expected-Bucket-Owner"] = owner
	}
	if c.config.RequesterPays {
		headers["X-Amz-Request-Payer"] = "requester"
	}
	if len(headers) == 0 {
		return nil
	}
	return stack.Build.Add(middleware.BuildMiddlewareFunc("S3ClientOwner", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		req, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.BuildOutput{}, middleware.Metadata{}, fmt.Errorf("unknown transport type %T", in.Request)
		}
		for name, value := range headers {
			req.Header.Set(name, value)
		}
		if owner := c.config.ExpectedBucketOwner; owner != "" && req.Header.Get("X-Amz-Copy-Source") != "" {
			req.Header.Set("X-Amz-Source-Expected-Bucket-Owner", owner)
		}
		return next.HandleBuild(ctx, in)
	}), middleware.After)
}

// named reports whether a response is about the client's bucket. One to an access point may name
// the bucket behind it.
func (c *Client) named(bucket string) bool {
	own := c.config.Bucket
	return bucket == own || strings.HasPrefix(own, "arn:") || strings.HasSuffix(own, "-s3alias")
}
