package scripted

import "time"

// Types that say it in exported fields.
type (
	azure struct { // azcore.ResponseError
		plain
		ErrorCode  string
		StatusCode int
	}
	minio struct { // minio.ErrorResponse, which is no pointer
		plain
		Code       string
		StatusCode int
	}
	googleapi struct { // googleapi.Error
		plain
		Code   int
		Errors []reason
	}
	reason struct {
		Domain string
		Reason string
	}
	statusField struct {
		plain
		HTTPStatusCode int
	}
	embedded struct {
		plain
		*Response
	}
	// Response holds the fields of an error that embeds it.
	Response struct {
		StatusCode int
		Code       string
	}
	azureNil struct {
		StatusCode int
	}
)

func (e minio) Error() string     { return e.plain.Error() }
func (e minio) Unwrap() error     { return e.inner }
func (e *azureNil) Error() string { return "no error" }

// Types whose fields and methods have the right names and mean something else.
type (
	otherFields struct { // not exported
		plain
		statusCode int
		code       string
		errors     []reason
	}
	otherKinds struct {
		plain
		StatusCode     int64
		HTTPStatusCode string
		Code           int8
		Errors         []string
	}
	otherMethods struct {
		plain
		number uint32
		text   string
	}
	otherStream struct {
		StreamID uint32
		Code     uint32
		Cause    string
	}
)

func (e *otherMethods) Code() uint32                 { return e.number }
func (e *otherMethods) GRPCStatus(string) string     { return e.text }
func (e *otherMethods) HTTPStatusCode() string       { return e.text }
func (e *otherMethods) RetryAfter(int) time.Duration { return time.Hour }
func (e otherStream) Error() string                  { return e.Cause }
