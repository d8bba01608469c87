package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// header verifies a request by its Authorization header.
func (v *Verifier) header(r *http.Request, path, header string) (*Signature, error) {
	s, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	at, err := s.datedHeader(r.Header)
	if err != nil {
		return nil, s3err.Errorf(s3err.AccessDenied, "AWS authentication requires a valid Date or x-amz-date header")
	}
	if now := v.Now(); now.Sub(at).Abs() > maxSkew {
		return nil, s3err.New(s3err.RequestTimeTooSkewed).
			With("RequestTime", s.date).
			With("ServerTime", now.UTC().Format(time.RFC3339)).
			With("MaxAllowedSkewMilliseconds", strconv.FormatInt(maxSkew.Milliseconds(), 10))
	}
	payload := r.Header.Get(HeaderPayload)
	if payload == "" {
		return nil, s3err.Errorf(s3err.InvalidRequest, "Missing required header for this request: x-amz-content-sha256")
	}
	return s, v.verify(r, path, s, payload, r.Header.Get(headerToken), headerRefusal)
}

// parseHeader reads the Authorization header of Signature Version 4.
func parseHeader(header string) (*Signature, error) {
	kind, rest, spaced := strings.Cut(header, " ")
	invalid := func(message string) error {
		return s3err.Argument("Authorization", header, "%s", message)
	}
	switch {
	case kind == "AWS":
		return nil, s3err.Errorf(s3err.InvalidRequest, otherMechanism)
	case !spaced:
		return nil, invalid("Authorization header is invalid -- one and only one ' ' (space) required.")
	case kind != algorithm:
		return nil, invalid("Unsupported Authorization Type")
	}
	elements := strings.Split(rest, ",")
	if len(elements) != 3 {
		return nil, headerRefusal("the authorization header requires three components: Credential, SignedHeaders, " +
			"and Signature.")
	}
	found := map[string]string{}
	for _, element := range elements {
		name, text, ok := strings.Cut(strings.TrimSpace(element), "=")
		if !ok {
			return nil, headerRefusal("the authorization component %q is malformed.", strings.TrimSpace(element))
		}
		found[name] = text
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if found[name] == "" {
			return nil, headerRefusal("missing %s.", name)
		}
	}
	s := &Signature{text: found["Signature"], signed: strings.Split(found["SignedHeaders"], ";")}
	s.accessKey, s.scope, _ = strings.Cut(found["Credential"], "/")
	return s, nil
}

// datedHeader reads the date of a request from X-Amz-Date, or else from Date. A signature covers
// both in the format of X-Amz-Date.
func (s *Signature) datedHeader(h http.Header) (time.Time, error) {
	text := h.Get("X-Amz-Date")
	if text == "" {
		if at, err := http.ParseTime(h.Get("Date")); err == nil {
			text = at.UTC().Format(amzDate)
		}
	}
	return s.dated(text)
}

// dated parses the date of a request and keeps it for the string to sign.
func (s *Signature) dated(text string) (time.Time, error) {
	s.date = text
	return time.Parse(amzDate, text)
}
