package retry_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestUnknownServerStatusIsTransient(t *testing.T) {
	for status, want := range map[int]retry.Class{
		408: retry.ClassTransient, 425: retry.ClassTransient, 429: retry.ClassThrottle,
		500: retry.ClassTransient, 502: retry.ClassTransient, 503: retry.ClassTransient, 504: retry.ClassTransient,
		507: retry.ClassTransient, 509: retry.ClassTransient, 520: retry.ClassTransient, 521: retry.ClassTransient,
		522: retry.ClassTransient, 523: retry.ClassTransient, 524: retry.ClassTransient, 529: retry.ClassTransient,
		530: retry.ClassTransient, 598: retry.ClassTransient, 599: retry.ClassTransient, 600: retry.ClassTransient,
		999: retry.ClassTransient, 501: retry.ClassPermanent, 505: retry.ClassPermanent, 511: retry.ClassPermanent,
		301: retry.ClassPermanent, 400: retry.ClassPermanent, 404: retry.ClassPermanent, 409: retry.ClassPermanent,
		0: retry.ClassUnknown, 200: retry.ClassUnknown, 1006: retry.ClassUnknown, -1: retry.ClassUnknown,
	} {
		assert.Equal(t, want.String(), retry.Classify(&apiError{Status: status}).String(), "status %d", status)
	}
}

// Errors of SDKs that the engine does not import, by their shapes. The real ones are tested in a
// module of its own, bench/providers.

type fieldError struct { // as azcore.ResponseError and minio.ErrorResponse
	ErrorCode  string
	StatusCode int
	text       string
}

func (e *fieldError) Error() string {
	if e == nil {
		return "nil"
	}
	return e.text
}

type valueError struct { // as minio.ErrorResponse
	Code       string
	Message    string
	StatusCode int
}

func (e valueError) Error() string { return e.Message }

type googleError struct { // as googleapi.Error
	Code   int
	Errors []googleItem
}

type googleItem struct{ Reason, Message string }

func (e *googleError) Error() string { return "googleapi: failed" }

type grpcCode uint32

func (c grpcCode) String() string {
	return [...]string{
		"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
		"PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
		"Internal", "Unavailable", "DataLoss", "Unauthenticated",
	}[c]
}

type grpcStatus struct{ code grpcCode }

func (s *grpcStatus) Code() grpcCode {
	if s == nil {
		return 0
	}
	return s.code
}

type grpcError struct{ status *grpcStatus }

func (e *grpcError) Error() string           { return "rpc error" }
func (e *grpcError) GRPCStatus() *grpcStatus { return e.status }

type anyStatusError struct{ status interface{ Code() grpcCode } }

func (e *anyStatusError) Error() string                            { return "rpc error" }
func (e *anyStatusError) GRPCStatus() interface{ Code() grpcCode } { return e.status }

type codeError grpcCode // as connect.Error

func (e codeError) Error() string  { return "failed" }
func (e codeError) Code() grpcCode { return grpcCode(e) }

type plainCode uint32 // a number without a name, as sftp.StatusError has

func (e plainCode) Error() string { return "failed" }
func (e plainCode) Code() uint32  { return uint32(e) }

type awsV1 struct{ code string }

func (e *awsV1) Error() string { return "failed" }
func (e *awsV1) Code() string  { return e.code }

type sendError struct{ err error } // as smithy's RequestSendError

func (e *sendError) Error() string         { return "request send failed" }
func (e *sendError) Unwrap() error         { return e.err }
func (e *sendError) ConnectionError() bool { return true }

type canceledError struct{ err error } // as smithy's CanceledError

func (e *canceledError) Error() string       { return "canceled" }
func (e *canceledError) Unwrap() error       { return e.err }
func (e *canceledError) CanceledError() bool { return true }

type embedded struct{ *fieldError } // its fields are those of a pointer, which may be nil

func (e embedded) Error() string { return "embedded" }

func TestErrorsAreKnownByTheirShape(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want retry.Class
	}{
		"fields: status":          {&fieldError{StatusCode: 503}, retry.ClassTransient},
		"fields: 404 with a body": {&fieldError{StatusCode: 404, text: "connection reset"}, retry.ClassPermanent},
		"fields: the code wins": {
			&fieldError{StatusCode: 503, ErrorCode: "BlobNotFound"},
			retry.ClassPermanent,
		},
		"fields: throttled":       {&fieldError{StatusCode: 503, ErrorCode: "ServerBusy"}, retry.ClassThrottle},
		"fields: unknown code":    {&fieldError{StatusCode: 500, ErrorCode: "Unheard"}, retry.ClassTransient},
		"fields: nil pointer":     {(*fieldError)(nil), retry.ClassUnknown},
		"fields: nil embedded":    {embedded{}, retry.ClassUnknown},
		"fields: embedded":        {embedded{&fieldError{StatusCode: 503}}, retry.ClassTransient},
		"value: code":             {valueError{Code: "SlowDown"}, retry.ClassThrottle},
		"value: status":           {fmt.Errorf("put: %w", valueError{StatusCode: 502}), retry.ClassTransient},
		"value: nothing but text": {valueError{Message: "connection reset"}, retry.ClassTransient},
		"google: code":            {&googleError{Code: 503}, retry.ClassTransient},
		"google: 403 by rate": {
			&googleError{Code: 403, Errors: []googleItem{{Reason: "rateLimitExceeded"}}},
			retry.ClassThrottle,
		},
		"google: 403": {
			&googleError{Code: 403, Errors: []googleItem{{Reason: "forbidden"}}},
			retry.ClassPermanent,
		},
		"google: code that is no HTTP":  {&googleError{Code: 7}, retry.ClassUnknown},
		"grpc: Unavailable":             {&grpcError{&grpcStatus{14}}, retry.ClassTransient},
		"grpc: ResourceExhausted":       {&grpcError{&grpcStatus{8}}, retry.ClassThrottle},
		"grpc: DeadlineExceeded":        {&grpcError{&grpcStatus{4}}, retry.ClassTimeout},
		"grpc: Canceled":                {&grpcError{&grpcStatus{1}}, retry.ClassCanceled},
		"grpc: NotFound":                {fmt.Errorf("get: %w", &grpcError{&grpcStatus{5}}), retry.ClassPermanent},
		"grpc: Unknown":                 {&grpcError{&grpcStatus{2}}, retry.ClassUnknown},
		"grpc: nil status":              {&grpcError{}, retry.ClassUnknown},
		"grpc: status of any type":      {&anyStatusError{&grpcStatus{8}}, retry.ClassThrottle},
		"grpc: no status of any type":   {&anyStatusError{}, retry.ClassUnknown},
		"grpc: code of the error":       {codeError(14), retry.ClassTransient},
		"grpc: permanent code":          {codeError(16), retry.ClassPermanent},
		"code: number without a name":   {plainCode(14), retry.ClassUnknown},
		"code: text":                    {&awsV1{"RequestTimeout"}, retry.ClassTransient},
		"sql: bad connection":           {fmt.Errorf("begin: %w", driver.ErrBadConn), retry.ClassTransient},
		"smithy: send failed":           {&sendError{errors.New("odd")}, retry.ClassTransient},
		"smithy: send canceled":         {&sendError{context.Canceled}, retry.ClassCanceled},
		"smithy: canceled":              {&canceledError{errors.New("odd")}, retry.ClassCanceled},
		"smithy: canceled by its limit": {&canceledError{fmt.Errorf("read: %w", io.EOF)}, retry.ClassCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want.String(), retry.Classify(c.err).String())
			assert.Equal(t, c.want.String(), retry.Classify(c.err).String(), "the remembered answer is the same")
		})
	}
}

// An error that changes is asked again: only its type is remembered.
type statusMethod int

func (e statusMethod) Error() string       { return "failed" }
func (e statusMethod) HTTPStatusCode() int { return int(e) }

// A status counts only where no code decides, and that of the outer error counts for more.
func TestStatusOfSeveralErrorsInATree(t *testing.T) {
	for name, c := range map[string]struct {
		tree []error
		want retry.Class
	}{
		"the first":           {[]error{statusMethod(503), statusMethod(404)}, retry.ClassTransient},
		"the first permanent": {[]error{statusMethod(404), statusMethod(503)}, retry.ClassPermanent},
		"the first that says it": {
			[]error{statusMethod(0), statusMethod(503), statusMethod(404)}, retry.ClassTransient,
		},
		"of a method, then fields": {
			[]error{statusMethod(503), &fieldError{StatusCode: 404}}, retry.ClassTransient,
		},
		"of fields, then a method": {
			[]error{&fieldError{StatusCode: 404}, statusMethod(503)}, retry.ClassPermanent,
		},
		"none before fields":      {[]error{statusMethod(0), &fieldError{StatusCode: 503}}, retry.ClassTransient},
		"a code after the status": {[]error{statusMethod(503), &awsV1{"NoSuchKey"}}, retry.ClassPermanent},
		"an unknown code":         {[]error{statusMethod(503), &awsV1{"Mystery"}}, retry.ClassTransient},
		"a timeout beside it":     {[]error{context.DeadlineExceeded, statusMethod(404)}, retry.ClassPermanent},
	} {
		assert.Equal(t, c.want.String(), retry.Classify(errors.Join(c.tree...)).String(), name)
	}
}

func TestChangedErrorIsClassifiedAnew(t *testing.T) {
	err := &fieldError{StatusCode: 503}
	require.Equal(t, retry.ClassTransient, retry.Classify(err))
	err.StatusCode = 404
	require.Equal(t, retry.ClassPermanent, retry.Classify(err))
}

// An inner call has used up its attempts: whatever lies inside, the outer call ends too. A mark
// that the caller puts around the inner error decides.
func TestInnerCallIsFinalForClassifierListAndMark(t *testing.T) {
	inner := must(t, retry.Config{InitialDelay: retry.NoDelay, MaxAttempts: 2})
	all := retry.ClassifierFunc(func(context.Context, error) retry.Class { return retry.ClassTransient })
	for name, c := range map[string]struct {
		config  retry.Config
		failure error
		wrap    func(error) error
		sends   int
	}{
		"marked inside": {retry.Config{}, retry.Retryable(io.EOF), func(err error) error { return err }, 2},
		"listed": {
			retry.Config{RetryableErrors: []error{io.EOF}},
			io.EOF,
			func(err error) error { return err }, 2,
		},
		"by the classifier": {retry.Config{Classifier: all}, io.EOF, func(err error) error { return err }, 2},
		"marked outside":    {retry.Config{}, io.EOF, retry.Retryable, 4},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.InitialDelay, c.config.MaxAttempts = retry.NoDelay, 2
			outer, sends := must(t, c.config), 0
			err := outer.Do(t.Context(), func(ctx context.Context, _ int) error {
				return c.wrap(inner.Do(ctx, func(context.Context, int) error {
					sends++
					return c.failure
				}))
			})
			require.ErrorIs(t, err, io.EOF)
			assert.Equal(t, c.sends, sends)
		})
	}
}
