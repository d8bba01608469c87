package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/s3chaos/s3chaos/retry"
)

// statusError is an error with an HTTP status, as most clients have one.
type statusError struct{ status int }

func (e *statusError) Error() string       { return "unexpected response" }
func (e *statusError) HTTPStatusCode() int { return e.status }

// realErrors are errors of each kind that a classifier has to look into.
var realErrors = []struct {
	kind string
	err  error
}{
	{"wrapped-EOF", fmt.Errorf("read body: %w", io.ErrUnexpectedEOF)},
	{"OpError", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}},
	{"HTTP-status", &statusError{503}},
	{"SDK", &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &awshttp.ResponseError{
		RequestID: "1", ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 503}},
			Err:      &smithy.GenericAPIError{Code: "SlowDown", Message: "slow down"},
		},
	}}},
	{"text", errors.New("read tcp 10.0.0.1:443: connection reset by peer")},
}

// Two failures with an error that carries no mark, no delay, then success. The loop compares with
// the very value, which is the least that any loop can do.
func BenchmarkRetryTwoFailuresReal(b *testing.B) {
	for _, real := range realErrors {
		b.Run("err="+real.kind, func(b *testing.B) {
			fail := failTwiceWith(real.err)
			compare(
				b,
				subject{"loop", "ctx value classify", func(b *testing.B, ctx context.Context) {
					for range b.N {
						value, err := loopUntil(ctx, real.err, fail)
						want(b, value, err)
					}
				}},
				ours("ctx value classify",
					func(testing.TB) retry.Config { return retry.Config{InitialDelay: retry.NoDelay} }, fail),
			)
		})
	}
}

// failTwiceWith returns an operation that fails twice with err.
func failTwiceWith(err error) func(context.Context, int) (int, error) {
	return func(_ context.Context, attempt int) (int, error) {
		if attempt <= 2 {
			return 0, err
		}
		return 42, nil
	}
}

// loopUntil is loop without delay, for one error.
func loopUntil(ctx context.Context, target error, op func(context.Context, int) (int, error)) (int, error) {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		value, err := op(ctx, attempt)
		if err == nil {
			return value, nil
		}
		if attempt == 3 || !errors.Is(err, target) {
			return value, err
		}
	}
}
