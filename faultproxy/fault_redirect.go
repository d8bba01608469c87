package faultproxy

import (
	"errors"
	"strings"
)

// redirect answers with status 301, 302, 303, 307 or 308.
type redirect struct {
	Status int `yaml:"status"` // default 307
	// value of the header Location. If the URL has no path, the request's path and query are added
	// to it. Empty: the URL of the request itself.
	To string `yaml:"to"`
}

// Redirect answers with a redirection to a URL. Status 0 means 307. If the URL has no path, the
// request's path and query are added to it; if it is empty, the client is sent to the URL of the
// request itself.
func Redirect(status int, to string) Fault { return &redirect{Status: status, To: to} }

func (f *redirect) Kind() string   { return "redirect" }
func (f *redirect) String() string { return printFault(f) }
func (f *redirect) part(r *Rule)   { r.Fault = f }
func (f *redirect) traits() traits { return traits{order: insteadOfUpstream} }
func (f *redirect) Validate() error {
	var status error
	switch f.Status {
	case 0, 301, 302, 303, 307, 308:
	default:
		status = fieldErrorf("redirect.status", "%d: want 301, 302, 303, 307 or 308", f.Status)
	}
	to := utf8Text("redirect.to", f.To)
	if strings.ContainsFunc(f.To, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		to = fieldErrorf("redirect.to", "contains a space or a control character")
	}
	return errors.Join(status, to)
}

func (f *redirect) act(x *exchange) {
	if !x.endRequest(false) {
		return
	}
	status := f.Status
	if status == 0 {
		status = 307
	}
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
