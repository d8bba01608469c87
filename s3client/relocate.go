package s3client

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

// This file sends a request again where S3 says that it belongs: to the host of a redirection, or
// with the signature of another region. Each attempt is signed afresh.

// maxMoves is how often one request may be sent somewhere else.
const maxMoves = 3

// regions holds the regions of buckets that differ from Config.Region. All clients that WithBucket
// returns share it.
type regions struct{ byBucket sync.Map }

func (r *regions) of(bucket, otherwise string) string {
	if region, ok := r.byBucket.Load(bucket); ok {
		return region.(string)
	}
	return otherwise
}

// resolver finds the endpoint and the region of each request.
type resolver struct {
	s3.EndpointResolverV2
	regions *regions
}

// ResolveEndpoint implements s3.EndpointResolverV2.
func (r resolver) ResolveEndpoint(ctx context.Context, params s3.EndpointParameters) (smithyendpoints.Endpoint, error) {
	a := attemptFrom(ctx)
	if a == nil {
		return r.EndpointResolverV2.ResolveEndpoint(ctx, params)
	}
	if params.Region != nil {
		a.region = r.regions.of(a.bucket, *params.Region)
		params.Region = &a.region
	}
	endpoint, err := r.EndpointResolverV2.ResolveEndpoint(ctx, params)
	if err == nil {
		a.origin = endpoint.URI
		if a.moved != nil {
			endpoint.URI = *a.moved
		}
		a.prefix = endpoint.URI.Path
	}
	return endpoint, err
}

// relocated reports whether S3 said where the request belongs instead. The next attempt then goes
// there.
func (c *Client) relocated(a *attempt) bool {
	if a.foreign || a.moves == maxMoves {
		return false
	}
	var found bool
	switch a.status {
	case http.StatusMovedPermanently, http.StatusBadRequest:
		found = c.learnRegion(a)
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		// A region beside a redirection is the one of the new host.
		c.learnRegion(a)
		found = c.follow(a)
	}
	if found {
		a.moves++
	}
	return found
}

// regionName is what a region may be called. It becomes a part of AWS's host names.
var regionName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// learnRegion remembers the region that the response names for the bucket, and reports whether it
// is another one than the attempt was signed for.
func (c *Client) learnRegion(a *attempt) bool {
	region := a.header.Get("X-Amz-Bucket-Region")
	if region == "" {
		var document struct{ Code, Region string }
		if xml.Unmarshal(a.refusal.Bytes(), &document) != nil {
			return false
		}
		if a.status == http.StatusBadRequest && document.Code != "AuthorizationHeaderMalformed" {
			return false
		}
		region = document.Region
	} else if a.status == http.StatusBadRequest && a.operation != "HeadObject" &&
		!bytes.Contains(a.refusal.Bytes(), []byte("AuthorizationHeaderMalformed")) {
		return false
	}
	if !regionName.MatchString(region) || region == a.region {
		return false
	}
	c.regions.byBucket.Store(a.bucket, region)
	return true
}

// follow makes the next attempt go to the Location of the response. It reports false, and changes
// nothing, unless the location is the same object inside the endpoint's own domain.
func (c *Client) follow(a *attempt) bool {
	to, err := a.url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" || !c.ownDomain(a, to) {
		return false
	}
	path, key := to.Path, strings.TrimPrefix(a.url.Path, a.prefix)
	if key == "/" || key == "" { // the request is for the bucket
		path, key = strings.TrimSuffix(path, "/"), ""
	}
	prefix, ok := strings.CutSuffix(path, key)
	inHost := strings.HasPrefix(strings.ToLower(to.Hostname()), a.bucket+".")
	inPath := prefix == "/"+a.bucket || prefix == a.prefix && prefix != ""
	if !ok || !inPath && (prefix != "" || !inHost) {
		return false
	}
	a.moved = &url.URL{Scheme: to.Scheme, Host: to.Host, Path: prefix, RawPath: prefix}
	return true
}

// awsHost matches the hosts of S3 at AWS, without a bucket. Other hosts below amazonaws.com belong
// to customers.
var awsHost = regexp.MustCompile(
	`^s3([.-](dualstack|fips|accelerate|external-1|[a-z]{2,3}(-[a-z]+){1,2}-[0-9]{1,2}))*\.amazonaws\.com(\.cn)?$`)

// ownDomain reports whether the client may send a signed request to the URL: a host of S3 at AWS if
// the endpoint is one, else the endpoint's host or a host below it, at the same port. Encryption is
// never given up.
func (c *Client) ownDomain(a *attempt, to *url.URL) bool {
	from := a.origin
	if to.User != nil || to.Scheme != from.Scheme && to.Scheme != "https" {
		return false
	}
	bucket := a.bucket + "."
	host, own := strings.ToLower(to.Hostname()), strings.ToLower(from.Hostname())
	if awsHost.MatchString(strings.TrimPrefix(own, bucket)) {
		return awsHost.MatchString(strings.TrimPrefix(host, bucket)) && portOf(to) == portOf(&from)
	}
	if endpoint, err := url.Parse(c.config.Endpoint); err == nil && endpoint.Host != "" {
		own = strings.ToLower(endpoint.Hostname())
	}
	samePort := portOf(to) == portOf(&from) || to.Scheme != from.Scheme && to.Port() == "" && from.Port() == ""
	return samePort && (host == own || strings.HasSuffix(host, "."+own))
}

// portOf returns the port of the URL, or that of its scheme.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}
