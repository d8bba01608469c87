package knowable

import (
	"regexp"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A Sign is what a client saw of a response.
type Sign string

// The signs. Except for Foreign and NoResponse, the response is in S3's shape.
const (
	NoResponse  Sign = "no response"
	Foreign     Sign = "foreign"       // a response without S3's headers: a load balancer's, a portal's
	Redirected  Sign = "redirected"    // a status from 300 to 399
	Missing     Sign = "missing"       // 404 for the object, not for its bucket or upload
	Refused     Sign = "refused"       // any other error
	ErrorInBody Sign = "error in body" // a success whose body is or has an <Error>
	Accepted    Sign = "accepted"      // a success
	Fabricated  Sign = "fabricated"    // a success with a made-up result of the operation
	// a made-up list that says two things which cannot both be true
	Contradictory Sign = "contradictory"
	Incomplete    Sign = "incomplete" // a list that lacks objects, and whose KeyCount fits
	Ranged        Sign = "ranged"     // a part of the range that the client asked for
	Protected     Sign = "protected"  // flipped or missing bytes, with a checksum or a signature over them
	Exposed       Sign = "exposed"    // flipped or missing bytes, without
)

// Saw returns what the client saw of an exchange.
func Saw(r faultproxy.Record) Sign {
	switch {
	case kindOf(r.Fault) == "corrupt":
		return flipped(r)
	case kindOf(r.Fault) == "shorten" && (r.Status == 200 || r.Status == 206):
		return shortened(r)
	case r.Status == 0:
		return NoResponse
	case kindOf(r.Fault) == "list" && strings.Contains(r.Fault, "drop: ") && !showsMore(r):
		return Incomplete
	case foreign(r):
		return Foreign
	case r.Status >= 400:
		return refusal(r)
	case r.Status >= 300:
		return Redirected
	case (r.ErrorCode != "" || kindOf(r.Fault) == "edit" && r.UpstreamStatus >= 400) && r.Method != "HEAD" &&
		!isContent(r):
		return ErrorInBody
	}
	return madeUp(r)
}

// repeats matches an edit that sends objects of a list twice.
var repeats = regexp.MustCompile(`duplicate: [0-9]+[,}]`)

// showsMore reports whether a list that lacks objects also contradicts itself, which shows that it
// is wrong. A pattern of objects to send twice may match none, and the token of the first page
// cannot be repeated. A truncated page of ListObjects needs no token.
func showsMore(r faultproxy.Record) bool {
	switch {
	case strings.Contains(r.Fault, "key_count: "), repeats.MatchString(r.Fault):
		return true
	case strings.Contains(r.Fault, "truncate_without_token: true"):
		return r.Operation == "ListObjectsV2"
	case strings.Contains(r.Fault, "repeat_token: true"):
		return strings.Contains(r.Target, "continuation-token=") || strings.Contains(r.Target, "marker=")
	}
	return false
}

// isContent reports whether the body is an object's for all that the client can tell: it has an
// ETag, and an object may well be an error document.
func isContent(r faultproxy.Record) bool {
	return r.Operation == "GetObject" && r.ResponseHeader["Etag"] != ""
}

// refusal looks for the code in the body, which the response to a HEAD does not have.
func refusal(r faultproxy.Record) Sign {
	code := r.ErrorCode
	if r.Method == "HEAD" {
		code = ""
	}
	if r.Status == 404 && (code == "" || code == "NoSuchKey" || code == "NotFound") {
		return Missing
	}
	return Refused
}

// foreign reports whether the response has headers, and nothing in them is S3's. The journal keeps
// no headers of a response that was not sent whole: it counts as S3's. Some stores send no header
// of the x-amz family. So an ETag stands for an object, and for a missing object a HEAD's 404 that
// is not of a type that only other servers send.
func foreign(r faultproxy.Record) bool {
	for name, value := range r.ResponseHeader {
		if strings.HasPrefix(name, "X-Amz-") || name == "Server" && value == "AmazonS3" ||
			name == "Etag" && r.Status < 300 && tagged[r.Operation] {
			return false
		}
	}
	if r.Status == 404 && r.Operation == "HeadObject" && !isPage(r.ResponseHeader["Content-Type"]) {
		return false
	}
	return len(r.ResponseHeader) > 0
}

// tagged are the operations whose response has an ETag.
var tagged = map[string]bool{"GetObject": true, "HeadObject": true, "PutObject": true, "UploadPart": true}

// isPage reports whether a content type is one of those that load balancers and portals send errors
// in. S3 and its look-alikes send XML, or no body.
func isPage(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "text/html", "application/xhtml+xml", "text/plain", "application/json":
		return true
	}
	return false
}

// shortened looks for what tells that the body is not whole: the range that the client asked for,
// or a checksum.
func shortened(r faultproxy.Record) Sign {
	switch {
	case r.Status == 206:
		return Ranged
	case r.Method != "HEAD" && hasChecksum(r.ResponseHeader):
		return Protected
	}
	return Exposed
}

// flipped looks for a checksum or a signature over the side of the exchange whose bits were
// flipped. An ETag is no checksum: for many objects it is not the digest of their content.
func flipped(r faultproxy.Record) Sign {
	if !strings.Contains(r.Fault, "in: request") {
		if hasChecksum(r.ResponseHeader) {
			return Protected
		}
		return Exposed
	}
	payload := r.RequestHeader["X-Amz-Content-Sha256"]
	_, signed := r.RequestHeader["Authorization"]
	signed = signed || strings.Contains(r.Target, "X-Amz-Signature=")
	if hasChecksum(r.RequestHeader) || signed && payload != "" && !strings.Contains(payload, "UNSIGNED-PAYLOAD") {
		return Protected
	}
	return Exposed
}

// hasChecksum reports whether the headers have a checksum of the body. One with a dash and a
// number, which Base64 does not have, covers the checksums of an object's parts, not the body:
// clients must not compare it (aws-sdk-js-v3 #5345).
func hasChecksum(header map[string]string) bool {
	for name, text := range header {
		checksum := strings.HasPrefix(name, "X-Amz-Checksum-") && name != "X-Amz-Checksum-Mode" &&
			name != "X-Amz-Checksum-Type" && name != "X-Amz-Checksum-Algorithm" && !strings.Contains(text, "-")
		if checksum || name == "Content-Md5" || name == "X-Amz-Trailer" {
			return true
		}
	}
	return false
}

// kindOf returns the name of a fault from its text: "respond" of "respond: {status: 503}".
func kindOf(fault string) string {
	kind, _, _ := strings.Cut(fault, ":")
	return kind
}
