package planted

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/s3chaos/s3chaos/scenarios"
)

// scope is the part of a signature that names the access key, the day and the region.
var scope = regexp.MustCompile(`Credential=([^/]+)/\d{8}/([^/]+)/s3/`)

// sign signs a request anew that was changed after its signature. Otherwise S3 would refuse every
// changed request, and the drill would notice the signature instead of the defect. It keeps the
// time, the region and the access key. A request without a signature, with the key of other
// credentials, or with signed chunks stays as it is.
func sign(req *http.Request, c scenarios.ClientConfig) error {
	old := req.Header.Get("Authorization")
	sum := req.Header.Get("X-Amz-Content-Sha256")
	signed := scope.FindStringSubmatch(old)
	if signed == nil || strings.HasPrefix(sum, "STREAMING-AWS4-HMAC-SHA256") {
		return nil
	}
	at, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
	if err != nil {
		return err
	}
	keys := aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SessionToken}
	if c.Credentials != nil {
		if keys, err = c.Credentials.Retrieve(req.Context()); err != nil {
			return err
		}
	}
	if keys.AccessKeyID != signed[1] {
		return nil
	}
	req.Header.Del("Authorization")
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).
		SignHTTP(req.Context(), keys, req, sum, "s3", signed[2], at)
}
