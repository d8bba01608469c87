package fakes3

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far a client's clock may be from the server's.
const maxSkew = 15 * time.Minute

// authorization is the proof of identity of a request, in its header or its
// query. Of a request that was verified it also proves the chunks: each
// signature is chained to the one before it.
type authorization struct {
	accessKey string
	scope     string // date/region/service/aws4_request
	date      string // of the request
	signed    []string
	signature string
	key       []byte
	previous  string
}

// mustVerify reports whether the server has to verify the signature of a request.
func (s *Server) mustVerify(r *request) bool {
	known := s.options.Credentials
	return known != nil && (!s.options.AllowUnsigned || r.namesKey(known.AccessKey))
}

// namesKey reports whether a request says that it is signed with a key, in any
// of the forms that S3 ever had. A form that the server cannot verify is refused
// later: it must not pass as unsigned.
func (r *request) namesKey(accessKey string) bool {
	header := r.Header.Get("Authorization")
	if _, rest, ok := strings.Cut(header, "Credential="); ok {
		header = rest
	}
	header = strings.TrimPrefix(header, "AWS ")
	for _, text := range []string{header, r.query.Get("X-Amz-Credential"), r.query.Get("AWSAccessKeyId")} {
		end := strings.IndexAny(text+"/", "/:,")
		if text[:min(end, len(text))] == accessKey {
			return true
		}
	}
	return false
}

// authenticate verifies the signature of a request.
func (s *Server) authenticate(r *request) (*authorization, error) {
	header := r.Header.Get("Authorization")
	presigned := r.has("X-Amz-Signature") || r.has("X-Amz-Algorithm")
	switch {
	case header != "" && presigned:
		return nil, failuref(codeInvalidArgument, "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	case header != "":
		return s.authenticateHeader(r, header)
	case presigned:
		return s.authenticatePresigned(r)
	case r.has("AWSAccessKeyId") && r.has("Signature"):
		return nil, failuref(codeInvalidRequest, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	}
	return nil, failure(codeAccessDenied)
}

func (s *Server) authenticateHeader(r *request, header string) (*authorization, error) {
	a, err := parseAuthorization(header)
	if err != nil {
		return nil, err
	}
	at, err := a.datedHeader(r.Header)
	if err != nil {
		return nil, failuref(codeAccessDenied, "AWS authentication requires a valid Date or x-amz-date header")
	}
	if now := time.Now(); now.Sub(at).Abs() > maxSkew {
		return nil, failure(codeRequestTimeTooSkewed).
			with("RequestTime", a.date).
			with("ServerTime", now.UTC().Format(time.RFC3339)).
			with("MaxAllowedSkewMilliseconds", strconv.FormatInt(maxSkew.Milliseconds(), 10))
	}
	payload := r.Header.Get(headerContentSHA256)
	if payload == "" {
		return nil, failuref(codeInvalidRequest, "Missing required header for this request: x-amz-content-sha256")
	}
	return a, s.verify(r, a, payload, r.Header.Get("X-Amz-Security-Token"), codeAuthorizationHeader)
}

// parseAuthorization reads the Authorization header of Signature Version 4.
func parseAuthorization(header string) (*authorization, error) {
	kind, rest, spaced := strings.Cut(header, " ")
	invalid := func(message string) error {
		return failuref(codeInvalidArgument, "%s", message).with("ArgumentName", "Authorization").with("ArgumentValue", header)
	}
	malformed := func(format string, args ...any) error {
		return failuref(codeAuthorizationHeader, "The authorization header is malformed; "+format, args...)
	}
	switch {
	case kind == "AWS":
		return nil, failuref(codeInvalidRequest, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	case !spaced:
		return nil, invalid("Authorization header is invalid -- one and only one ' ' (space) required.")
	case kind != signingAlgorithm:
		return nil, invalid("Unsupported Authorization Type")
	}
	elements := strings.Split(rest, ",")
	if len(elements) != 3 {
		return nil, malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	}
	found := map[string]string{}
	for _, element := range elements {
		name, text, ok := strings.Cut(strings.TrimSpace(element), "=")
		if !ok {
			return nil, malformed("the authorization component %q is malformed.", strings.TrimSpace(element))
		}
		found[name] = text
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if found[name] == "" {
			return nil, malformed("missing %s.", name)
		}
	}
	a := &authorization{signature: found["Signature"], signed: strings.Split(found["SignedHeaders"], ";")}
	a.accessKey, a.scope, _ = strings.Cut(found["Credential"], "/")
	return a, nil
}

func (s *Server) authenticatePresigned(r *request) (*authorization, error) {
	q := r.query
	a := &authorization{signature: q.Get("X-Amz-Signature"), signed: strings.Split(q.Get("X-Amz-SignedHeaders"), ";")}
	a.accessKey, a.scope, _ = strings.Cut(q.Get("X-Amz-Credential"), "/")
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if q.Get(name) == "" {
			return nil, failuref(codeAuthorizationQuery, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
		}
	}
	if q.Get("X-Amz-Algorithm") != signingAlgorithm {
		return nil, failuref(codeAuthorizationQuery, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`)
	}
	at, err := a.dated(q.Get("X-Amz-Date"))
	if err != nil {
		return nil, failuref(codeAuthorizationQuery, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	const week = 7 * 24 * 60 * 60
	switch {
	case err != nil:
		return nil, failuref(codeAuthorizationQuery, "X-Amz-Expires should be a number")
	case seconds < 0:
		return nil, failuref(codeAuthorizationQuery, "X-Amz-Expires must be non-negative")
	case seconds > week:
		return nil, failuref(codeAuthorizationQuery, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	now, expires := time.Now(), at.Add(time.Duration(seconds)*time.Second)
	if now.Add(maxSkew).Before(at) {
		return nil, failuref(codeAccessDenied, "Request is not valid yet")
	}
	if now.After(expires) {
		return nil, failuref(codeAccessDenied, "Request has expired").
			with("X-Amz-Expires", q.Get("X-Amz-Expires")).
			with("Expires", expires.UTC().Format(time.RFC3339)).
			with("ServerTime", now.UTC().Format(time.RFC3339))
	}
	payload := unsignedPayload
	if slices.Contains(a.signed, "x-amz-content-sha256") {
		payload = r.Header.Get(headerContentSHA256)
	}
	return a, s.verify(r, a, payload, q.Get("X-Amz-Security-Token"), codeAuthorizationQuery)
}

// datedHeader reads the date of a request from X-Amz-Date, or else from Date. A
// signature covers either in the form of X-Amz-Date.
func (a *authorization) datedHeader(h http.Header) (time.Time, error) {
	text := h.Get("X-Amz-Date")
	if text == "" {
		if at, err := http.ParseTime(h.Get("Date")); err == nil {
			text = at.UTC().Format(amzDate)
		}
	}
	return a.dated(text)
}

// dated notes the date of a request.
func (a *authorization) dated(text string) (time.Time, error) {
	a.date = text
	return time.Parse(amzDate, text)
}

// verify holds the signature against the one of the server's own making.
func (s *Server) verify(r *request, a *authorization, payload, token string, malformed code) error {
	known := s.options.Credentials
	scope := strings.Split(a.scope, "/")
	if err := s.checkScope(a, scope, malformed); err != nil {
		return err
	}
	if _, err := wantedSHA256(payload); err != nil {
		return err
	}
	switch {
	case a.accessKey != known.AccessKey:
		return failure(codeInvalidAccessKey).with("AWSAccessKeyId", a.accessKey)
	case token != known.SessionToken:
		return failure(codeInvalidToken)
	case !slices.Contains(a.signed, "host"):
		return failuref(codeAccessDenied, "There were headers present in the request which were not signed").with("HeadersNotSigned", "host")
	}
	if open := unsignedHeaders(r.Header, a.signed); len(open) > 0 {
		return failuref(codeAccessDenied, "There were headers present in the request which were not signed").
			with("HeadersNotSigned", strings.Join(open, ", "))
	}
	canonical := canonicalRequest(r, a.signed, payload)
	text := strings.Join([]string{signingAlgorithm, a.date, a.scope, hexSHA256([]byte(canonical))}, "\n")
	a.key = signingKey(known.SecretKey, scope[0], scope[1], scope[2])
	if !equalSignatures(a.sign(text), a.signature) {
		return failure(codeSignatureDoesNotMatch).
			with("AWSAccessKeyId", a.accessKey).
			with("StringToSign", text).
			with("SignatureProvided", a.signature).
			with("CanonicalRequest", canonical)
	}
	a.previous = a.signature
	return nil
}

// checkScope refuses a signature that is for another day, region or service.
func (s *Server) checkScope(a *authorization, scope []string, malformed code) error {
	words := "The authorization header is malformed; "
	if malformed == codeAuthorizationQuery {
		words = "Error parsing the X-Amz-Credential parameter; "
	}
	if len(scope) != 4 {
		return failuref(malformed, "%sthe Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".", words)
	}
	switch _, err := time.Parse("20060102", scope[0]); {
	case scope[3] != "aws4_request":
		return failuref(malformed, "%sincorrect terminal %q. This endpoint uses \"aws4_request\".", words, scope[3])
	case scope[2] != "s3":
		return failuref(malformed, "%sincorrect service %q. This endpoint belongs to \"s3\".", words, scope[2])
	case s.options.Region != "" && scope[1] != s.region:
		return failuref(malformed, "%sthe region %q is wrong; expecting %q", words, scope[1], s.region).with("Region", s.region)
	case err != nil:
		return failuref(malformed, "%sincorrect date format %q. This date in the credential must be in the format \"yyyyMMdd\".", words, scope[0])
	case scope[0] != a.date[:8]:
		return failuref(malformed, "Invalid credential date %q. This date is not the same as X-Amz-Date: %q.", scope[0], a.date[:8])
	}
	return nil
}

func (a *authorization) sign(text string) string { return hex.EncodeToString(hmacSHA256(a.key, text)) }

// verifyChunk verifies the next chunk of a signed stream. A nil authorization
// verifies nothing.
func (a *authorization) verifyChunk(content []byte, signature string) error {
	if a == nil {
		return nil
	}
	return a.chain(signature, signingAlgorithm+"-PAYLOAD", emptySHA256, hexSHA256(content))
}

// verifyTrailer verifies the trailer of a signed stream, given as its lines
// name:value.
func (a *authorization) verifyTrailer(canonical []byte, signature string) error {
	if a == nil {
		return nil
	}
	return a.chain(signature, signingAlgorithm+"-TRAILER", hexSHA256(canonical))
}

func (a *authorization) chain(signature, kind string, hashes ...string) error {
	text := strings.Join(append([]string{kind, a.date, a.scope, a.previous}, hashes...), "\n")
	if !equalSignatures(a.sign(text), signature) {
		return failure(codeSignatureDoesNotMatch).
			with("AWSAccessKeyId", a.accessKey).
			with("StringToSign", text).
			with("SignatureProvided", signature)
	}
	a.previous = signature
	return nil
}
