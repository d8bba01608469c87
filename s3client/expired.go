package s3client

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// This file renews credentials that the server says have expired.

// used returns the credentials that the next request is signed with; the zero value if there are
// none.
func (c *Client) used(ctx context.Context) aws.Credentials {
	cache, ok := c.config.Credentials.(*aws.CredentialsCache)
	if !ok {
		return aws.Credentials{}
	}
	got, err := cache.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{} // the SDK reports the error when it signs
	}
	return got
}

// renewed reports whether an attempt that was refused for its expired token is worth another one:
// the provider has other credentials than before. A request is sent again for this reason once.
func (c *Client) renewed(ctx context.Context, a *attempt, err error) bool {
	before := a.credentials
	cache, ok := c.config.Credentials.(*aws.CredentialsCache)
	// The response to a HEAD has no code.
	expired := codeOf(err) == "ExpiredToken" || a.operation == "HeadObject" && a.status == http.StatusBadRequest
	if !ok || !expired || a.renewed {
		return false
	}
	if now := c.used(ctx); now.AccessKeyID == before.AccessKeyID && now.SessionToken == before.SessionToken {
		cache.Invalidate()
	}
	now := c.used(ctx)
	same := now.AccessKeyID == before.AccessKeyID && now.SessionToken == before.SessionToken
	a.request.renewed = now.HasKeys() && !same
	return a.request.renewed
}
