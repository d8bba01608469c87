package faultproxy

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// How S3 tells a client that a bucket is in another region.

// signedRegion returns the region that a request is signed for, or "" if it has no signature of
// version 4.
func signedRegion(req *s3api.Request) string {
	credential := req.Param("X-Amz-Credential")
	if authorization, ok := req.Header.Get("Authorization"); ok {
		_, credential, _ = strings.Cut(authorization, "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
	}
	scope := strings.Split(credential, "/")
	if n := len(scope); n >= 5 { // the access key may contain slashes: KEY/DATE/REGION/SERVICE/aws4_request
		return scope[n-3]
	}
	return ""
}

// answerRegion answers a request that is signed for the wrong region.
func (f *redirect) answerRegion(x *exchange) {
	a := answer{status: cmp.Or(f.Status, 301), headers: map[string]string{}}
	endpoint := x.req.Bucket + ".s3." + f.Region + ".amazonaws.com"
	if to, err := url.Parse(f.To); err == nil && to.Host != "" {
		endpoint = to.Host
	}
	a.details = "<Endpoint>" + escape(endpoint) + "</Endpoint><Bucket>" + escape(x.req.Bucket) + "</Bucket>"
	switch a.status {
	case 400:
		a.code = "AuthorizationHeaderMalformed"
		a.message = "The authorization header is malformed; the region '" + signedRegion(&x.req) +
			"' is wrong; expecting '" + f.Region + "'"
		a.details = "<Region>" + f.Region + "</Region>"
	case 301, 308:
		a.code, a.message = "PermanentRedirect", "The bucket you are attempting to access must be addressed using "+
			"the specified endpoint. Please send all future requests to this endpoint."
	default:
		a.code, a.message = "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint. "+
			"Continue to use the original request endpoint for future requests."
	}
	if f.To != "" || a.status != 301 && a.status != 400 {
		a.headers["Location"] = f.location(x)
	}
	if !f.HideRegion {
		a.headers["x-amz-bucket-region"] = f.Region
	}
	x.answerError(a)
}
