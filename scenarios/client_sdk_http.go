package scenarios

import (
	"context"
	"net"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// sdkHTTPClient returns an HTTP client like the SDK's default one, on the drill's network: with the
// SDK's connection pool, limits, connect timeout and redirect rule. timeout is the
// [http.Client.Timeout]. It covers an attempt with its body; 0 means no timeout.
func sdkHTTPClient(c ClientConfig, timeout time.Duration) *http.Client {
	transport := awshttp.NewBuildableClient().GetTransport()
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, awshttp.DefaultDialConnectTimeout)
		defer cancel()
		return c.DialContext(ctx, network, addr)
	}
	if c.TLS != nil {
		transport.TLSClientConfig = c.TLS.Clone()
	}
	return &http.Client{Transport: c.Wrap(transport), CheckRedirect: sdkRedirect, Timeout: timeout}
}

// sdkRedirect follows a 307 and a 308, which keep the method, and returns every other redirect to
// the SDK as the response. The rule is that of limitedRedirect in
// aws-sdk-go-v2/aws/transport/http/client.go.
func sdkRedirect(r *http.Request, via []*http.Request) error {
	if code := r.Response.StatusCode; code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	if len(via) > 0 && via[len(via)-1].URL.Host != r.URL.Host {
		r.Header.Del("X-Amz-Security-Token")
	}
	return nil
}
