package s3api

// s3Error is the status and the message of an S3 error code, from "List of error codes" in the API
// reference.
type s3Error struct {
	status  int
	message string
}

var s3Errors = map[string]s3Error{
	"AccessDenied":                 {403, "Access Denied"},
	"AuthorizationHeaderMalformed": {400, "The authorization header is malformed."},
	"BadDigest": {
		400,
		"The Content-MD5 or checksum value that you specified did not match what the server received.",
	},
	"BucketAlreadyExists": {409, "The requested bucket name is not available."},
	"BucketAlreadyOwnedByYou": {
		409,
		"Your previous request to create the named bucket succeeded and you already own it.",
	},
	"ConditionalRequestConflict": {
		409,
		"The conditional request cannot succeed due to a conflicting operation against this resource.",
	},
	"EntityTooLarge": {400, "Your proposed upload exceeds the maximum allowed object size."},
	"EntityTooSmall": {400, "Your proposed upload is smaller than the minimum allowed object size."},
	"ExpiredToken":   {400, "The provided token has expired."},
	"IncompleteBody": {
		400,
		"You did not provide the number of bytes specified by the Content-Length HTTP header.",
	},
	"InternalError":      {500, "We encountered an internal error. Please try again."},
	"InvalidAccessKeyId": {403, "The AWS access key ID you provided does not exist in our records."},
	"InvalidArgument":    {400, "Invalid Argument"},
	"InvalidPart":        {400, "One or more of the specified parts could not be found."},
	"InvalidRange":       {416, "The requested range is not satisfiable"},
	"InvalidRequest":     {400, "Invalid Request"},
	"MalformedXML": {
		400,
		"The XML you provided was not well-formed or did not validate against our published schema.",
	},
	"MethodNotAllowed": {405, "The specified method is not allowed against this resource."},
	"NoSuchBucket":     {404, "The specified bucket does not exist"},
	"NoSuchKey":        {404, "The specified key does not exist."},
	"NoSuchUpload":     {404, "The specified multipart upload does not exist."},
	"NoSuchVersion":    {404, "The specified version does not exist."},
	"NotImplemented":   {501, "A header you provided implies functionality that is not implemented."},
	"OperationAborted": {
		409,
		"A conflicting conditional operation is currently in progress against this resource. Try again.",
	},
	"PreconditionFailed": {412, "At least one of the pre-conditions you specified did not hold"},
	"RequestTimeTooSkewed": {
		403,
		"The difference between the request time and the server's time is too large.",
	},
	"RequestTimeout": {
		400,
		"Your socket connection to the server was not read from or written to within the timeout period.",
	},
	"ServiceUnavailable": {503, "Service is unable to handle request."},
	"SignatureDoesNotMatch": {
		403,
		"The request signature we calculated does not match the signature you provided.",
	},
	"SlowDown":            {503, "Please reduce your request rate."},
	"ThrottlingException": {400, "Rate exceeded"},
	"TooManyRequests":     {429, "Too many requests"},
}

// usualCodes are the codes that S3 uses most with a status.
var usualCodes = map[int]string{
	400: "InvalidRequest", 403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed", 408: "RequestTimeout",
	409: "OperationAborted", 412: "PreconditionFailed", 416: "InvalidRange", 429: "SlowDown", 500: "InternalError",
	501: "NotImplemented", 502: "BadGateway", 503: "SlowDown", 504: "GatewayTimeout",
}

// ErrorStatus returns the status that S3 sends with an error code, or 0 if the code is unknown.
func ErrorStatus(code string) int { return s3Errors[code].status }

// ErrorMessage returns the message that S3 sends with an error code, or "" if the code is unknown.
func ErrorMessage(code string) string { return s3Errors[code].message }

// UsualCode returns the error code that S3 uses most with a status, or "InternalError".
func UsualCode(status int) string {
	if code, ok := usualCodes[status]; ok {
		return code
	}
	return "InternalError"
}
