package s3client

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// This file fills in the defaults of a Config and finds its mistakes.

// resolve returns c with its defaults filled in, or every mistake in it.
func (c Config) resolve() (Config, error) {
	prefix, prefixErr := cleanPrefix(c.Prefix)
	c.Prefix = prefix
	c.Region = cmp.Or(c.Region, "us-east-1")
	c.UsePathStyle = c.UsePathStyle || (c.Endpoint != "" && !c.VirtualHosted)
	c.PartSize = cmp.Or(c.PartSize, DefaultPartSize)
	c.Concurrency = cmp.Or(c.Concurrency, DefaultConcurrency)
	c.StreamMemory = cmp.Or(c.StreamMemory, max(DefaultStreamMemory, c.PartSize, c.PartSize*int64(c.Concurrency)))
	c.MaxParts = cmp.Or(c.MaxParts, MaxParts)
	c.CleanupTimeout = cmp.Or(c.CleanupTimeout, DefaultCleanupTimeout)
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	err := errors.Join(c.mistakes(), checkEndpoint(c.Endpoint), prefixErr)
	if err != nil {
		return c, fmt.Errorf("s3client config: %w", err)
	}
	c.Credentials = c.provider()
	return c, nil
}

// mistakes returns the mistakes that a single condition finds.
func (c Config) mistakes() error {
	static := c.AccessKey != "" || c.SecretKey != ""
	half := c.AccessKey == "" || c.SecretKey == ""
	return broken([]rule{
		{c.Bucket == "", "Bucket: want a name"},
		{c.UsePathStyle && c.VirtualHosted, "UsePathStyle, VirtualHosted: want at most one of them"},
		{c.Credentials != nil && static, "Credentials, AccessKey, SecretKey: want either Credentials or the keys"},
		{
			c.Credentials == nil && half,
			"AccessKey, SecretKey: want both, or Credentials (aws.AnonymousCredentials{} for unsigned requests)",
		},
		{
			c.PartSize < 1 || c.PartSize > MaxPartSize,
			fmt.Sprintf("PartSize %d: want 1 to %d bytes", c.PartSize, int64(MaxPartSize)),
		},
		{
			c.CopyPartSize < 0 || c.CopyPartSize > MaxCopySize,
			fmt.Sprintf("CopyPartSize %d: want 1 to %d bytes, or 0", c.CopyPartSize, int64(MaxCopySize)),
		},
		{
			c.ExpectedBucketOwner != "" && !accountID.MatchString(c.ExpectedBucketOwner),
			fmt.Sprintf("ExpectedBucketOwner %q: want an account id of 12 digits", c.ExpectedBucketOwner),
		},
		{c.Concurrency < 1, fmt.Sprintf("Concurrency %d: want 1 or more", c.Concurrency)},
		{
			c.MaxParts < 1 || c.MaxParts > MaxParts,
			fmt.Sprintf("MaxParts %d: want 1 to %d, or 0", c.MaxParts, MaxParts),
		},
		{
			c.StreamMemory < c.PartSize,
			fmt.Sprintf("StreamMemory %d: want PartSize or more, %d bytes", c.StreamMemory, c.PartSize),
		},
		{c.MinRate < 0, fmt.Sprintf("MinRate %d: want 0 or more bytes a second", c.MinRate)},
		{c.CleanupTimeout < 0, fmt.Sprintf("CleanupTimeout %s: want a positive duration", c.CleanupTimeout)},
	})
}

// rule is a condition that the caller's values must not meet.
type rule struct {
	broken bool
	text   string // of the error if it is broken
}

// broken returns an error for each rule that is broken.
func broken(rules []rule) error {
	var errs []error
	for _, rule := range rules {
		if rule.broken {
			errs = append(errs, errors.New(rule.text))
		}
	}
	return errors.Join(errs...)
}

// accountID is what an AWS account is called.
var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// checkEndpoint checks the URL of the server; "" stands for AWS.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	var text string
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		text = "Endpoint: want a URL" // the error's own text may hold a password
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		text = fmt.Sprintf("Endpoint %q: want http://host or https://host", u.Redacted())
	case u.User != nil:
		text = fmt.Sprintf("Endpoint %q: want no user in it, credentials belong in AccessKey and SecretKey",
			u.Redacted())
	default:
		return nil
	}
	return errors.New(text)
}

// provider returns the credentials behind one cache, which all requests of the client share.
func (c Config) provider() aws.CredentialsProvider {
	provider := c.Credentials
	if provider == nil {
		provider = credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken)
	}
	switch provider.(type) {
	case *aws.CredentialsCache, aws.AnonymousCredentials, *aws.AnonymousCredentials:
		return provider
	}
	return aws.NewCredentialsCache(provider)
}
