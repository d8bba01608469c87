package fakes3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"

	"github.com/johannesboyne/gofakes3"
)

// code is an S3 error code.
type code string

const (
	codeAccessDenied          code = "AccessDenied"
	codeAuthorizationHeader   code = "AuthorizationHeaderMalformed"
	codeAuthorizationQuery    code = "AuthorizationQueryParametersError"
	codeBadDigest             code = "BadDigest"
	codeBucketNotEmpty        code = "BucketNotEmpty"
	codeBucketOwned           code = "BucketAlreadyOwnedByYou"
	codeEntityTooLarge        code = "EntityTooLarge"
	codeEntityTooSmall        code = "EntityTooSmall"
	codeIncompleteBody        code = "IncompleteBody"
	codeInternalError         code = "InternalError"
	codeInvalidAccessKey      code = "InvalidAccessKeyId"
	codeInvalidArgument       code = "InvalidArgument"
	codeInvalidBucketName     code = "InvalidBucketName"
	codeInvalidChunkSize      code = "InvalidChunkSizeError"
	codeInvalidDigest         code = "InvalidDigest"
	codeInvalidPart           code = "InvalidPart"
	codeInvalidPartOrder      code = "InvalidPartOrder"
	codeInvalidRange          code = "InvalidRange"
	codeInvalidRequest        code = "InvalidRequest"
	codeInvalidToken          code = "InvalidToken"
	codeInvalidURI            code = "InvalidURI"
	codeKeyTooLong            code = "KeyTooLongError"
	codeMalformedTrailer      code = "MalformedTrailerError"
	codeMalformedXML          code = "MalformedXML"
	codeMetadataTooLarge      code = "MetadataTooLarge"
	codeMethodNotAllowed      code = "MethodNotAllowed"
	codeMissingContentLength  code = "MissingContentLength"
	codeNoSuchBucket          code = "NoSuchBucket"
	codeNoSuchKey             code = "NoSuchKey"
	codeNoSuchUpload          code = "NoSuchUpload"
	codeNotImplemented        code = "NotImplemented"
	codeNotModified           code = "NotModified"
	codePreconditionFailed    code = "PreconditionFailed"
	codeRequestTimeTooSkewed  code = "RequestTimeTooSkewed"
	codeSignatureDoesNotMatch code = "SignatureDoesNotMatch"
	codeBadRequest            code = "BadRequest"
	codeACLNotSupported       code = "AccessControlListNotSupported"
	codeBucketACL             code = "InvalidBucketAclWithObjectOwnership"
	codeLocation              code = "InvalidLocationConstraint"
	codeInvalidPartNumber     code = "InvalidPartNumber"
	codeInvalidPolicy         code = "InvalidPolicyDocument"
	codeRedirectLocation      code = "InvalidRedirectLocation"
	codeStorageClass          code = "InvalidStorageClass"
	codeInvalidTag            code = "InvalidTag"
	codeMalformedPOST         code = "MalformedPOSTRequest"
	codeMissingBody           code = "MissingRequestBodyError"
	codeNoSuchTagSet          code = "NoSuchTagSet"
	codeNoSuchVersion         code = "NoSuchVersion"
	codeContentSHA256Mismatch code = "XAmzContentSHA256Mismatch"
)

// meanings gives each code its status and words, from the S3 API reference, "Error responses".
var meanings = map[code]struct {
	status  int
	message string
}{
	codeAccessDenied:        {403, "Access Denied"},
	codeAuthorizationHeader: {400, "The authorization header that you provided is not valid."},
	codeAuthorizationQuery:  {400, "The authorization query parameters that you provided are not valid."},
	codeBadDigest:           {400, "The Content-MD5 you specified did not match what we received."},
	codeBucketNotEmpty:      {409, "The bucket you tried to delete is not empty"},
	codeBucketOwned: {
		409,
		"Your previous request to create the named bucket succeeded and you already own it.",
	},
	codeEntityTooLarge: {400, "Your proposed upload exceeds the maximum allowed size"},
	codeEntityTooSmall: {400, "Your proposed upload is smaller than the minimum allowed size"},
	codeIncompleteBody: {
		400,
		"You did not provide the number of bytes specified by the Content-Length HTTP header",
	},
	codeInternalError:     {500, "We encountered an internal error. Please try again."},
	codeInvalidAccessKey:  {403, "The AWS Access Key Id you provided does not exist in our records."},
	codeInvalidArgument:   {400, "Invalid Argument"},
	codeInvalidBucketName: {400, "The specified bucket is not valid."},
	codeInvalidChunkSize:  {403, "Only the last chunk is allowed to have a size less than 8192 bytes"},
	codeInvalidDigest:     {400, "The Content-MD5 you specified was invalid."},
	codeInvalidPart:       {400, "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	codeInvalidPartOrder: {
		400,
		"The list of parts was not in ascending order. Parts must be ordered by part number.",
	},
	codeInvalidRange:   {416, "The requested range is not satisfiable"},
	codeInvalidRequest: {400, "Invalid Request"},
	codeInvalidToken:   {400, "The provided token is malformed or otherwise invalid."},
	codeInvalidURI:     {400, "Couldn't parse the specified URI."},
	codeKeyTooLong:     {400, "Your key is too long"},
	codeMalformedTrailer: {
		400,
		"The request contained trailing data that was not well-formed or did not conform to our published schema.",
	},
	codeMalformedXML: {
		400,
		"The XML you provided was not well-formed or did not validate against our published schema",
	},
	codeMetadataTooLarge:      {400, "Your metadata headers exceed the maximum allowed metadata size"},
	codeMethodNotAllowed:      {405, "The specified method is not allowed against this resource."},
	codeMissingContentLength:  {411, "You must provide the Content-Length HTTP header."},
	codeNoSuchBucket:          {404, "The specified bucket does not exist"},
	codeNoSuchKey:             {404, "The specified key does not exist."},
	codeNoSuchUpload:          {404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	codeNotImplemented:        {501, "A header you provided implies functionality that is not implemented"},
	codeNotModified:           {304, "Not Modified"},
	codePreconditionFailed:    {412, "At least one of the pre-conditions you specified did not hold"},
	codeRequestTimeTooSkewed:  {403, "The difference between the request time and the current time is too large."},
	codeSignatureDoesNotMatch: {403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	codeBadRequest:            {400, "Bad Request"},
	codeACLNotSupported:       {400, "The bucket does not allow ACLs"},
	codeBucketACL:             {400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
	codeLocation:              {400, "The specified location-constraint is not valid"},
	codeInvalidPartNumber:     {416, "The requested partnumber is not satisfiable"},
	codeInvalidPolicy: {
		400,
		"The content of the form does not meet the conditions specified in the policy document.",
	},
	codeRedirectLocation: {
		400,
		"The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
	},
	codeStorageClass:          {400, "The storage class you specified is not valid"},
	codeInvalidTag:            {400, "The tag provided was not a valid tag."},
	codeMalformedPOST:         {400, "The body of your POST request is not well-formed multipart/form-data."},
	codeMissingBody:           {400, "Request Body is empty"},
	codeNoSuchTagSet:          {404, "The TagSet does not exist"},
	codeNoSuchVersion:         {404, "The specified version does not exist."},
	codeContentSHA256Mismatch: {400, "The provided 'x-amz-content-sha256' header does not match what was computed."},
}

// problem is an S3 error response.
type problem struct {
	code    code
	message string
	fields  []field
	header  http.Header
}

// field is a further element of an error's body.
type field struct{ name, value string }

func failure(c code) *problem { return &problem{code: c, message: meanings[c].message} }

// failuref is failure with words of its own.
func failuref(c code, format string, args ...any) *problem {
	return &problem{code: c, message: fmt.Sprintf(format, args...)}
}

func (p *problem) Error() string { return string(p.code) + ": " + p.message }

func (p *problem) with(name, value string) *problem {
	p.fields = append(p.fields, field{name, value})
	return p
}

func (p *problem) withHeader(name, value string) *problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

func noSuchBucket(bucket string) *problem {
	return failure(codeNoSuchBucket).with("BucketName", bucket)
}

func noSuchKey(key string) *problem { return failure(codeNoSuchKey).with("Key", key) }

// refuse answers with an error, after taking in what the client is still sending: an answer that
// overtakes the body races with the client's writes, and whether it is ever read is luck. A client
// that waits for 100 Continue is answered at once.
func (s *Server) refuse(w *response, r *http.Request, body *bodyReader, err error) {
	if body.begun || r.Header.Get("Expect") == "" {
		// A body that breaks off changes nothing: it is refused already.
		_, _ = io.Copy(io.Discard, body.ReadCloser)
	}
	p := asProblem(err)
	status := meanings[p.code].status
	header := w.Header()
	maps.Copy(header, p.header)
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	document := p.document(r.URL.Path, w)
	header.Set("Content-Type", "application/xml")
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(document)))
	w.WriteHeader(status)
	_, _ = w.Write(document) // the client may be gone
}

// asProblem translates what the storage says.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var stored gofakes3.Error
	if errors.As(err, &stored) {
		if meaning, ok := meanings[code(stored.ErrorCode())]; ok {
			return &problem{code: code(stored.ErrorCode()), message: meaning.message}
		}
	}
	return failure(codeInternalError).with("Reason", err.Error())
}

func (p *problem) document(resource string, w *response) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<Error>")
	element := func(name, value string) {
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a bytes.Buffer takes everything
		b.WriteString("</" + name + ">")
	}
	element("Code", string(p.code))
	element("Message", p.message)
	for _, f := range p.fields {
		element(f.name, f.value)
	}
	element("Resource", resource)
	element("RequestId", w.id)
	element("HostId", w.hostID())
	b.WriteString("</Error>")
	return b.Bytes()
}
