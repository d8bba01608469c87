package s3client

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	invocationHeader = "Amz-Sdk-Invocation-Id"
	requestHeader    = "Amz-Sdk-Request"
)

// stackOptions make the SDK number its requests as we do. To the SDK every attempt of ours is a
// call of its own, with a fresh invocation id and "attempt=1; max=1"; both are corrected before the
// request is signed, so that servers can tell a retry from a new request.
var stackOptions = []func(*middleware.Stack) error{
	func(stack *middleware.Stack) error {
		_, err := stack.Build.Swap("ClientRequestID", middleware.BuildMiddlewareFunc("ClientRequestID",
			func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput,
				middleware.Metadata, error,
			) {
				if err := setHeader(ctx, in.Request, invocationHeader, (*attempt).invocation); err != nil {
					return middleware.BuildOutput{}, middleware.Metadata{}, err
				}
				return next.HandleBuild(ctx, in)
			}))
		return err
	},
	func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("S3ClientAttempt",
			func(ctx context.Context, in middleware.FinalizeInput,
				next middleware.FinalizeHandler,
			) (middleware.FinalizeOutput, middleware.Metadata, error) {
				if err := setHeader(ctx, in.Request, requestHeader, (*attempt).ordinal); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				return next.HandleFinalize(ctx, in)
			}), "Retry", middleware.After)
	},
	func(stack *middleware.Stack) error {
		// A body put together from several answers can only be verified as a whole, which the
		// download does; see checksum.go.
		const validator = "AWSChecksum:ValidateOutputPayloadChecksum"
		if _, ok := stack.Deserialize.Get(validator); ok {
			_, err := stack.Deserialize.Remove(validator)
			return err
		}
		return nil
	},
}

func setHeader(ctx context.Context, request any, name string, value func(*attempt) string) error {
	req, ok := request.(*smithyhttp.Request)
	if !ok {
		return fmt.Errorf("unknown transport type %T", request)
	}
	if a := attemptFrom(ctx); a != nil {
		req.Header.Set(name, value(a))
	}
	return nil
}
