package retry

// codes is the table of error codes that services name their errors with.
// The S3 and AWS part is tested against the measured behaviour of five S3
// clients in testdata/vectors/s3_errors.tsv; for the codes on which those
// clients disagree, splits says why each is where it is.
//
// A code that is not here leaves the decision to the HTTP status.
var codes = map[string]Class{
	// S3 and AWS: the server asks for fewer requests.
	"SlowDown":                               ClassThrottle,
	"Throttling":                             ClassThrottle,
	"ThrottlingException":                    ClassThrottle,
	"ThrottledException":                     ClassThrottle,
	"RequestThrottled":                       ClassThrottle,
	"RequestThrottledException":              ClassThrottle,
	"RequestLimitExceeded":                   ClassThrottle,
	"LimitExceededException":                 ClassThrottle,
	"BandwidthLimitExceeded":                 ClassThrottle,
	"PriorRequestNotComplete":                ClassThrottle,
	"ProvisionedThroughputExceededException": ClassThrottle,
	"TooManyRequests":                        ClassThrottle,
	"TooManyRequestsException":               ClassThrottle,
	"TransactionInProgressException":         ClassThrottle,
	"EC2ThrottledException":                  ClassThrottle,

	// S3 and AWS: the server failed.
	"InternalError":              ClassTransient,
	"RequestTimeout":             ClassTransient,
	"RequestTimeoutException":    ClassTransient,
	"ServiceUnavailable":         ClassTransient,
	"SlowDownRead":               ClassTransient,
	"SlowDownWrite":              ClassTransient,
	"XMinioServerNotInitialized": ClassTransient,

	// S3: never, even under a status that would be retried.
	"AccessDenied":                 ClassPermanent,
	"AccountProblem":               ClassPermanent,
	"AllAccessDisabled":            ClassPermanent,
	"AuthorizationHeaderMalformed": ClassPermanent,
	"BadDigest":                    ClassPermanent,
	"BadRequest":                   ClassPermanent,
	"BucketAlreadyExists":          ClassPermanent,
	"BucketAlreadyOwnedByYou":      ClassPermanent,
	"BucketNotEmpty":               ClassPermanent,
	"ConditionalRequestConflict":   ClassPermanent,
	"EntityTooLarge":               ClassPermanent,
	"EntityTooSmall":               ClassPermanent,
	"ExpiredToken":                 ClassPermanent,
	"ExpiredTokenException":        ClassPermanent,
	"IncompleteBody":               ClassPermanent,
	"InvalidAccessKeyId":           ClassPermanent,
	"InvalidArgument":              ClassPermanent,
	"InvalidBucketName":            ClassPermanent,
	"InvalidDigest":                ClassPermanent,
	"InvalidObjectState":           ClassPermanent,
	"InvalidPart":                  ClassPermanent,
	"InvalidPartOrder":             ClassPermanent,
	"InvalidRange":                 ClassPermanent,
	"InvalidRequest":               ClassPermanent,
	"InvalidToken":                 ClassPermanent,
	"KeyTooLongError":              ClassPermanent,
	"MalformedXML":                 ClassPermanent,
	"MethodNotAllowed":             ClassPermanent,
	"MissingContentLength":         ClassPermanent,
	"NoSuchBucket":                 ClassPermanent,
	"NoSuchKey":                    ClassPermanent,
	"NoSuchUpload":                 ClassPermanent,
	"NoSuchVersion":                ClassPermanent,
	"NotFound":                     ClassPermanent,
	"NotImplemented":               ClassPermanent,
	"OperationAborted":             ClassPermanent,
	"PermanentRedirect":            ClassPermanent,
	"PreconditionFailed":           ClassPermanent,
	"RequestTimeTooSkewed":         ClassPermanent,
	"SignatureDoesNotMatch":        ClassPermanent,
	"XAmzContentSHA256Mismatch":    ClassPermanent,

	// Azure Storage.
	"ServerBusy":           ClassThrottle,
	"OperationTimedOut":    ClassTimeout,
	"AuthenticationFailed": ClassPermanent,
	"BlobNotFound":         ClassPermanent,
	"ContainerNotFound":    ClassPermanent,

	// Google Cloud Storage.
	"rateLimitExceeded":     ClassThrottle,
	"userRateLimitExceeded": ClassThrottle,
	"backendError":          ClassTransient,
}

// statusClass says what an HTTP status means for a retry. ClassUnknown: nothing.
func statusClass(status int) Class {
	switch status {
	case 429:
		return ClassThrottle
	case 408, 500, 502, 503, 504:
		// RFC 9110, section 15.5.9: after 408 the client may repeat the request.
		return ClassTransient
	}
	if status >= 300 {
		return ClassPermanent
	}
	return ClassUnknown
}
