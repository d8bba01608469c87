package faultproxy

import (
	"cmp"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// redirect answers with status 301, 302, 303, 307 or 308, or 400 for a wrong region.
type redirect struct {
	Status int `yaml:"status"` // default 307, or 301 if there is a region
	// value of the header Location. If the URL has no path, the request's path and query are added
	// to it. Empty: the URL of the request itself, or none for status 301 and 400 with a region.
	To string `yaml:"to"`
	// the bucket's region; requests that are signed for it pass. Empty: every request is redirected
	Region     string `yaml:"region"`
	HideRegion bool   `yaml:"hide_region"` // leave out the header x-amz-bucket-region
}

// Redirect answers with a redirection to a URL. Status 0 means 307. If the URL has no path, the
// request's path and query are added to it; if it is empty, the client is sent to the URL of the
// request itself.
func Redirect(status int, to string) Fault { return &redirect{Status: status, To: to} }

// RedirectRegion answers as S3 does for a bucket in another region, unless the request is signed
// for that region: with 301 PermanentRedirect (also for status 0), 307 TemporaryRedirect or 400
// AuthorizationHeaderMalformed. The response to 307 has a Location, the one to 301 and 400 has
// none. The header x-amz-bucket-region names the region.
func RedirectRegion(status int, region string) Fault {
	return &redirect{Status: status, Region: region}
}

// RedirectHiddenRegion answers as [RedirectRegion] does, without the header x-amz-bucket-region.
// Only the document of status 400 names the region then.
func RedirectHiddenRegion(status int, region string) Fault {
	return &redirect{Status: status, Region: region, HideRegion: true}
}

func (f *redirect) Kind() string   { return "redirect" }
func (f *redirect) String() string { return printFault(f) }
func (f *redirect) part(r *Rule)   { r.Fault = f }
func (f *redirect) traits() traits {
	return traits{order: insteadOfUpstream, takesAll: f.Region == ""}
}

var regionName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

func (f *redirect) Validate() error {
	var errs []error
	switch f.Status {
	case 0, 301, 302, 303, 307, 308:
	case 400:
		if f.Region == "" {
			errs = append(errs, fieldErrorf("redirect.status", "400: want a region beside it"))
		}
	default:
		errs = append(errs, fieldErrorf("redirect.status", "%d: want 301, 302, 303, 307 or 308, or 400 with a region",
			f.Status))
	}
	to := utf8Text("redirect.to", f.To)
	if strings.ContainsFunc(f.To, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		to = fieldErrorf("redirect.to", "contains a space or a control character")
	}
	if f.Region != "" && !regionName.MatchString(f.Region) {
		errs = append(errs, fieldErrorf("redirect.region", "%q: want a region like eu-west-1", f.Region))
	}
	if f.HideRegion && f.Region == "" {
		errs = append(errs, fieldErrorf("redirect.hide_region", "has no meaning without a region"))
	}
	return errors.Join(append(errs, to)...)
}

// applies accepts requests that are not signed for the region of the bucket.
func (f *redirect) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return f.Region == "" || signedRegion(req) != f.Region
}

func (f *redirect) act(x *exchange) {
	if !x.endRequest(false) {
		return
	}
	if f.Region != "" {
		f.answerRegion(x)
		return
	}
	status := cmp.Or(f.Status, 307)
	code, message := "TemporaryRedirect", "You are being redirected to the bucket while DNS updates."
	if status == 301 || status == 308 {
		code, message = "PermanentRedirect",
			"The bucket you are attempting to access must be addressed using the specified endpoint."
	}
	x.answerError(answer{
		status: status, code: code, message: message,
		headers: map[string]string{"Location": f.location(x)},
	})
}

func (f *redirect) location(x *exchange) string {
	to := f.To
	if to == "" {
		scheme := "http://"
		if x.p.cfg.TLS != nil {
			scheme = "https://"
		}
		to = scheme + x.req.Host
	}
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return to // there is no authority, so this is a path: used as it is
	}
	host, fragment := rest, ""
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		host, fragment = rest[:i], rest[i:]
	}
	host, query, _ := strings.Cut(host, "?")
	if strings.Contains(host, "/") {
		return to
	}
	if x.req.Query != "" && query != "" {
		query = "&" + query
	}
	if query = x.req.Query + query; query != "" {
		query = "?" + query
	}
	return scheme + "://" + host + x.req.Path + query + fragment
}

func (f *redirect) idleReason() string {
	if f.Region != "" {
		return "they were signed for the region " + f.Region
	}
	return noResponse
}
