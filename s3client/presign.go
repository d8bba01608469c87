package s3client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// MaxPresignExpires is how long a presigned request may be valid at most.
const MaxPresignExpires = 7 * 24 * time.Hour

// PresignedRequest is a request that any program can send until it expires, a browser for example.
// The sender needs no credentials. The URL holds the signature, so treat it as a secret.
type PresignedRequest struct {
	Method string
	URL    string
	Header http.Header // to be sent with exactly these values; empty: any
	// Expires is when the server stops to accept the request. Credentials that end earlier end it
	// earlier.
	Expires time.Time
}

// PresignGetOptions refine a presigned GET. Range, conditions and customer key of GetOptions become
// headers, which the sender must send with the request.
type PresignGetOptions struct {
	GetOptions
	// ResponseContentType and the others replace the headers of the response. Empty: those that the
	// object was stored with.
	ResponseContentType, ResponseContentDisposition, ResponseContentEncoding string
	ResponseContentLanguage, ResponseCacheControl                            string
}

// PresignGet returns a request that reads the object key. It is valid for expires, in whole
// seconds, from 1 s to [MaxPresignExpires]. Nothing is sent to the server, so the object need not
// exist. options may be nil.
func (c *Client) PresignGet(
	ctx context.Context, key string, expires time.Duration, options *PresignGetOptions,
) (*PresignedRequest, error) {
	if options == nil {
		options = &PresignGetOptions{}
	}
	want, err := options.GetOptions.check(c)
	return c.presign(ctx, key, expires, err, func(full string, p *s3.PresignClient) (*v4.PresignedHTTPRequest, error) {
		in := &s3.GetObjectInput{
			Bucket: aws.String(c.config.Bucket), Key: aws.String(full), Range: optional(want.String()),
			ResponseContentType:        optional(options.ResponseContentType),
			ResponseContentDisposition: optional(options.ResponseContentDisposition),
			ResponseContentEncoding:    optional(options.ResponseContentEncoding),
			ResponseContentLanguage:    optional(options.ResponseContentLanguage),
			ResponseCacheControl:       optional(options.ResponseCacheControl),
		}
		if options.PartNumber > 0 {
			in.PartNumber = aws.Int32(int32(options.PartNumber))
		}
		options.which(in)
		options.conditions(in)
		return p.PresignGetObject(ctx, in)
	})
}

// PresignPut returns a request that stores an object as key: the content is the body of the
// request. expires has the range that it has for [Client.PresignGet]. The options become headers,
// which the sender must send with the request; Progress, ResumeFile and ChecksumAlgorithm, which
// cannot become headers, must be empty. With IfNoneMatch or IfMatch, a sender that loses the
// response cannot recognize its own write. options may be nil.
func (c *Client) PresignPut(
	ctx context.Context, key string, expires time.Duration, options *UploadOptions,
) (*PresignedRequest, error) {
	if options == nil {
		options = &UploadOptions{}
	}
	err := options.check(c)
	if options.Progress != nil || options.ResumeFile != "" || options.ChecksumAlgorithm != "" {
		err = errors.Join(err, errors.New("Progress, ResumeFile, ChecksumAlgorithm: want none of them"))
	}
	return c.presign(ctx, key, expires, err, func(full string, p *s3.PresignClient) (*v4.PresignedHTTPRequest, error) {
		in := &s3.PutObjectInput{
			Bucket: aws.String(c.config.Bucket), Key: aws.String(full), Metadata: options.Metadata,
		}
		options.put(in)
		in.ChecksumAlgorithm = "" // the content is not known here
		return p.PresignPutObject(ctx, in)
	})
}

// presign signs a request for key. bad is the error of the options.
func (c *Client) presign(
	ctx context.Context, key string, expires time.Duration, bad error,
	sign func(full string, p *s3.PresignClient) (*v4.PresignedHTTPRequest, error),
) (*PresignedRequest, error) {
	full, err := c.fullKey(key)
	if err != nil {
		return nil, fmt.Errorf("presign: %w", err)
	}
	if expires < time.Second || expires > MaxPresignExpires {
		bad = errors.Join(bad, fmt.Errorf("expires %s: want 1s to %s", expires, MaxPresignExpires))
	}
	if aws.IsCredentialsProvider(c.config.Credentials, (*aws.AnonymousCredentials)(nil)) {
		bad = errors.Join(bad, errors.New("anonymous credentials: want some that can sign"))
	}
	if bad != nil {
		return nil, fmt.Errorf("presign %s/%s: %w", c.config.Bucket, full, bad)
	}
	start, expires := time.Now(), expires.Truncate(time.Second)
	signed, err := sign(full, s3.NewPresignClient(c.s3, func(o *s3.PresignOptions) {
		o.Expires = expires
		o.ClientOptions = append(o.ClientOptions, func(o *s3.Options) {
			o.APIOptions = nil // they set headers of attempts
			o.Region = c.regions.of(c.config.Bucket, o.Region)
		})
	}))
	if err != nil {
		return nil, fmt.Errorf("presign %s/%s: %w", c.config.Bucket, full, err)
	}
	header := signed.SignedHeader.Clone()
	header.Del("Host") // the URL has it
	return &PresignedRequest{
		Method: signed.Method, URL: withoutDefaultPort(signed.URL), Header: header, Expires: start.Add(expires),
	}, nil
}

// withoutDefaultPort removes the port from a signed URL if it is that of the scheme. The SDK signs
// the host without such a port, but a sender that is not a browser sends the host of the URL as it
// stands.
func withoutDefaultPort(signed string) string {
	u, err := url.Parse(signed)
	if err != nil || u.Port() == "" || u.Port() != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return signed
	}
	return strings.Replace(signed, u.Host, strings.TrimSuffix(u.Host, ":"+u.Port()), 1)
}
