package s3err

// Code is an S3 error code, as it stands in the body of a response.
type Code string

// The codes that the fake answers with.
const (
	AccessControlListNotSupported        Code = "AccessControlListNotSupported"
	AccessDenied                         Code = "AccessDenied"
	AuthorizationHeaderMalformed         Code = "AuthorizationHeaderMalformed"
	AuthorizationQueryParametersError    Code = "AuthorizationQueryParametersError"
	BadDigest                            Code = "BadDigest"
	BadRequest                           Code = "BadRequest"
	BucketAlreadyOwnedByYou              Code = "BucketAlreadyOwnedByYou"
	BucketNotEmpty                       Code = "BucketNotEmpty"
	EntityTooLarge                       Code = "EntityTooLarge"
	EntityTooSmall                       Code = "EntityTooSmall"
	ExpiredToken                         Code = "ExpiredToken"
	IncompleteBody                       Code = "IncompleteBody"
	InternalError                        Code = "InternalError"
	InvalidAccessKeyId                   Code = "InvalidAccessKeyId"
	InvalidArgument                      Code = "InvalidArgument"
	InvalidBucketAclWithObjectOwnership  Code = "InvalidBucketAclWithObjectOwnership"
	InvalidBucketName                    Code = "InvalidBucketName"
	InvalidBucketState                   Code = "InvalidBucketState"
	InvalidChunkSizeError                Code = "InvalidChunkSizeError"
	InvalidDigest                        Code = "InvalidDigest"
	InvalidLocationConstraint            Code = "InvalidLocationConstraint"
	InvalidObjectState                   Code = "InvalidObjectState"
	InvalidPart                          Code = "InvalidPart"
	InvalidPartNumber                    Code = "InvalidPartNumber"
	InvalidPartOrder                     Code = "InvalidPartOrder"
	InvalidPolicyDocument                Code = "InvalidPolicyDocument"
	InvalidRange                         Code = "InvalidRange"
	InvalidRedirectLocation              Code = "InvalidRedirectLocation"
	InvalidRequest                       Code = "InvalidRequest"
	InvalidStorageClass                  Code = "InvalidStorageClass"
	InvalidTag                           Code = "InvalidTag"
	InvalidToken                         Code = "InvalidToken"
	InvalidURI                           Code = "InvalidURI"
	KeyTooLongError                      Code = "KeyTooLongError"
	MalformedPOSTRequest                 Code = "MalformedPOSTRequest"
	MalformedTrailerError                Code = "MalformedTrailerError"
	MalformedXML                         Code = "MalformedXML"
	MaxPostPreDataLengthExceededError    Code = "MaxPostPreDataLengthExceededError"
	MetadataTooLarge                     Code = "MetadataTooLarge"
	MethodNotAllowed                     Code = "MethodNotAllowed"
	MissingContentLength                 Code = "MissingContentLength"
	MissingRequestBodyError              Code = "MissingRequestBodyError"
	NoSuchBucket                         Code = "NoSuchBucket"
	NoSuchKey                            Code = "NoSuchKey"
	NoSuchObjectLockConfiguration        Code = "NoSuchObjectLockConfiguration"
	NoSuchTagSet                         Code = "NoSuchTagSet"
	NoSuchUpload                         Code = "NoSuchUpload"
	NoSuchVersion                        Code = "NoSuchVersion"
	NotImplemented                       Code = "NotImplemented"
	NotModified                          Code = "NotModified"
	ObjectLockConfigurationNotFoundError Code = "ObjectLockConfigurationNotFoundError"
	ObjectNotInActiveTierError           Code = "ObjectNotInActiveTierError"
	PermanentRedirect                    Code = "PermanentRedirect"
	PreconditionFailed                   Code = "PreconditionFailed"
	RequestTimeTooSkewed                 Code = "RequestTimeTooSkewed"
	SignatureDoesNotMatch                Code = "SignatureDoesNotMatch"
	XAmzContentSHA256Mismatch            Code = "XAmzContentSHA256Mismatch"
)

// meanings gives each code its status and its usual message, from the S3 API reference, "Error
// responses".
var meanings = map[Code]struct {
	status  int
	message string
}{
	AccessDenied:                      {403, "Access Denied"},
	AuthorizationHeaderMalformed:      {400, "The authorization header that you provided is not valid."},
	AuthorizationQueryParametersError: {400, "The authorization query parameters that you provided are not valid."},
	BadDigest:                         {400, "The Content-MD5 you specified did not match what we received."},
	BucketNotEmpty:                    {409, "The bucket you tried to delete is not empty"},
	BucketAlreadyOwnedByYou: {
		409,
		"Your previous request to create the named bucket succeeded and you already own it.",
	},
	EntityTooLarge: {400, "Your proposed upload exceeds the maximum allowed size"},
	EntityTooSmall: {400, "Your proposed upload is smaller than the minimum allowed size"},
	ExpiredToken:   {400, "The provided token has expired."},
	IncompleteBody: {
		400,
		"You did not provide the number of bytes specified by the Content-Length HTTP header",
	},
	InternalError:         {500, "We encountered an internal error. Please try again."},
	InvalidAccessKeyId:    {403, "The AWS Access Key Id you provided does not exist in our records."},
	InvalidArgument:       {400, "Invalid Argument"},
	InvalidBucketName:     {400, "The specified bucket is not valid."},
	InvalidBucketState:    {409, "The request is not valid with the current state of the bucket."},
	InvalidChunkSizeError: {403, "Only the last chunk is allowed to have a size less than 8192 bytes"},
	InvalidDigest:         {400, "The Content-MD5 you specified was invalid."},
	InvalidObjectState:    {403, "The operation is not valid for the object's storage class"},
	InvalidPart:           {400, "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	InvalidPartOrder: {
		400,
		"The list of parts was not in ascending order. Parts must be ordered by part number.",
	},
	InvalidRange:    {416, "The requested range is not satisfiable"},
	InvalidRequest:  {400, "Invalid Request"},
	InvalidToken:    {400, "The provided token is malformed or otherwise invalid."},
	InvalidURI:      {400, "Couldn't parse the specified URI."},
	KeyTooLongError: {400, "Your key is too long"},
	MalformedTrailerError: {
		400,
		"The request contained trailing data that was not well-formed or did not conform to our published schema.",
	},
	MalformedXML: {
		400,
		"The XML you provided was not well-formed or did not validate against our published schema",
	},
	MaxPostPreDataLengthExceededError: {400, "Your POST request fields preceding the upload file were too large."},
	MetadataTooLarge:                  {400, "Your metadata headers exceed the maximum allowed metadata size"},
	MethodNotAllowed:                  {405, "The specified method is not allowed against this resource."},
	MissingContentLength:              {411, "You must provide the Content-Length HTTP header."},
	NoSuchBucket:                      {404, "The specified bucket does not exist"},
	NoSuchKey:                         {404, "The specified key does not exist."},
	NoSuchUpload:                      {404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	NotImplemented:                    {501, "A header you provided implies functionality that is not implemented"},
	NotModified:                       {304, "Not Modified"},
	PermanentRedirect: {
		301,
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
	},
	PreconditionFailed: {412, "At least one of the pre-conditions you specified did not hold"},
	RequestTimeTooSkewed: {
		403,
		"The difference between the request time and the current time is too large.",
	},
	SignatureDoesNotMatch: {
		403,
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
	},
	BadRequest:                    {400, "Bad Request"},
	AccessControlListNotSupported: {400, "The bucket does not allow ACLs"},
	InvalidBucketAclWithObjectOwnership: {
		400,
		"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
	},
	InvalidLocationConstraint: {400, "The specified location-constraint is not valid"},
	InvalidPartNumber:         {416, "The requested partnumber is not satisfiable"},
	InvalidPolicyDocument: {
		400,
		"The content of the form does not meet the conditions specified in the policy document.",
	},
	InvalidRedirectLocation: {
		400,
		"The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
	},
	InvalidStorageClass: {400, "The storage class you specified is not valid"},
	InvalidTag:          {400, "The tag provided was not a valid tag."},
	MalformedPOSTRequest: {
		400,
		"The body of your POST request is not well-formed multipart/form-data.",
	},
	MissingRequestBodyError:              {400, "Request Body is empty"},
	NoSuchObjectLockConfiguration:        {400, "The specified object does not have a ObjectLock configuration"},
	ObjectLockConfigurationNotFoundError: {404, "Object Lock configuration does not exist for this bucket"},
	ObjectNotInActiveTierError: {
		403,
		"The source object of the COPY operation is not in the active tier and is only stored in Amazon S3 Glacier.",
	},
	NoSuchTagSet:  {404, "The TagSet does not exist"},
	NoSuchVersion: {404, "The specified version does not exist."},
	XAmzContentSHA256Mismatch: {
		400,
		"The provided 'x-amz-content-sha256' header does not match what was computed.",
	},
}

// Status is the HTTP status that S3 answers a code with.
func (c Code) Status() int { return meanings[c].status }
