package sigv4

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// refusal makes the error of a credential that is not valid. S3 has another one for each place that
// a credential can stand in.
type refusal func(format string, args ...any) *s3err.Error

func headerRefusal(format string, args ...any) *s3err.Error {
	return s3err.Errorf(s3err.AuthorizationHeaderMalformed, "The authorization header is malformed; "+format, args...)
}

func queryRefusal(format string, args ...any) *s3err.Error {
	return s3err.Errorf(s3err.AuthorizationQueryParametersError,
		"Error parsing the X-Amz-Credential parameter; "+format, args...)
}

// RegionOf returns the region that a request says it is signed for, or "" if it names none.
func RegionOf(r *http.Request, query url.Values) string {
	credential := query.Get("X-Amz-Credential")
	if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(rest, ",")
	}
	if scope := strings.Split(credential, "/"); len(scope) == 5 {
		return scope[2]
	}
	return ""
}

// checkScope refuses a signature for another day, region or service.
func (v *Verifier) checkScope(s *Signature, refuse refusal) error {
	scope := strings.Split(s.scope, "/")
	if len(scope) != 4 {
		return refuse("the Credential is mal-formed; expecting " +
			"\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
	}
	switch _, err := time.Parse("20060102", scope[0]); {
	case scope[3] != "aws4_request":
		return refuse("incorrect terminal %q. This endpoint uses \"aws4_request\".", scope[3])
	case scope[2] != "s3":
		return refuse("incorrect service %q. This endpoint belongs to \"s3\".", scope[2])
	case v.Region != "" && scope[1] != v.Region:
		return refuse("the region %q is wrong; expecting %q", scope[1], v.Region).With("Region", v.Region)
	case err != nil:
		return refuse("incorrect date format %q. This date in the credential must be in the format \"yyyyMMdd\".",
			scope[0])
	case scope[0] != s.date[:8]:
		e := refuse("")
		return s3err.Errorf(e.Code, "Invalid credential date %q. This date is not the same as X-Amz-Date: %q.",
			scope[0], s.date[:8])
	}
	return nil
}
