package s3client

import (
	"context"
	"fmt"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	invocationHeader = "Amz-Sdk-Invocation-Id"
	requestHeader    = "Amz-Sdk-Request"
)

// stackOptions correct the headers before the SDK signs a request. The SDK takes each attempt for a
// call of its own, with a fresh invocation id and "attempt=1; max=1". With the right values servers
// can tell a retry from a new request.
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
				if a := attemptFrom(ctx); a != nil {
					if a.sha256 != "" {
						ctx = v4.SetPayloadHash(ctx, a.sha256)
					}
					if req, ok := in.Request.(*smithyhttp.Request); ok && a.direct {
						req.Header.Del("Expect")
					}
				}
				return next.HandleFinalize(ctx, in)
			}), "Retry", middleware.After)
	},
	func(stack *middleware.Stack) error {
		// The download verifies the whole content, which may come in several responses; see
		// checksum.go.
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
