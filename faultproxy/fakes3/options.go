package fakes3

import "time"

// Options adjusts a [Server]. The zero value is a server that verifies no signature and has the
// limits of S3.
type Options struct {
	// Credentials, when set, makes the server verify the Signature Version 4 of every request, of
	// its chunks and of its trailer. Nil: the server verifies no signature and serves every
	// request.
	Credentials *Credentials

	// AllowUnsigned lets unsigned requests pass. The server verifies each request that names an
	// access key that it knows, and serves every other request without a check. Without Credentials
	// it has no effect.
	AllowUnsigned bool

	// HideSigned leaves the strings that were signed out of the body of SignatureDoesNotMatch. They
	// hold headers that clients draw at random, such as amz-sdk-invocation-id, so that two runs of
	// a drill would differ.
	HideSigned bool

	// Region is the region the server says it is in, and, when Credentials are set, the one
	// requests must be signed for. Empty: us-east-1, and any region's signature is good.
	Region string

	// WrongRegion is the response to a request that is signed for another region than Region.
	WrongRegion WrongRegion

	// ClockOffset is how far the server's clock is ahead of package time; negative: behind. The
	// Date of every response, the dates of objects and the validity of signatures depend on it.
	ClockOffset time.Duration

	// BaseHosts are the host names below which a bucket may be addressed as a label: with
	// "s3.test", a request to demo.s3.test is for the bucket demo. Empty: path style only.
	BaseHosts []string

	// Scheme is the scheme of the URL that clients use, if a proxy in front of the server ends TLS:
	// http or https. The Location of an upload has it. Empty: https if the request came over TLS,
	// else http.
	Scheme string

	// MinPartSize is the least size in bytes of each part of a multipart upload but the last. Zero:
	// 5 MiB, as S3. Negative: no least size, for drills with small objects.
	MinPartSize int64

	// DiscardHistory drops the content of overwritten and deleted objects: memory then holds the
	// live objects only. [Server.History] has no content for the dropped ones. Servers that run for
	// long set it.
	DiscardHistory bool
}

// Credentials are keys of the one user of a [Server].
type Credentials struct {
	AccessKey string
	SecretKey string
	// SessionToken, when set, must come with every request.
	SessionToken string
	// Expires is when the server, by its own clock, begins to refuse the keys with ExpiredToken.
	// Zero: never.
	Expires time.Time
}

// WrongRegion says how a [Server] answers a request that is signed for another region. The zero
// value answers as the endpoint of the bucket's region does: 400 AuthorizationHeaderMalformed with
// the right region in its body and in x-amz-bucket-region.
type WrongRegion struct {
	// Redirect answers as the endpoint of another region does: 301 PermanentRedirect, whose body
	// does not have the region. GetBucketLocation and ListBuckets take any region then.
	Redirect bool
	// NoHeader leaves x-amz-bucket-region out of every response, as some S3 servers do.
	NoHeader bool
}

// WithCredentials returns the [Options] of a server that verifies what is signed with this key, and
// serves unsigned requests too.
func WithCredentials(accessKey, secretKey string) Options {
	return Options{
		Credentials:   &Credentials{AccessKey: accessKey, SecretKey: secretKey},
		AllowUnsigned: true,
	}
}
