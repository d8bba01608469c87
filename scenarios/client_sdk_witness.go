package scenarios

import (
	"context"
	"strconv"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// watchSDK adds a middleware directly inside the SDK's retry loop. It records every attempt.
func (w *Witness) watchSDK(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("S3ChaosWitness", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		try := Try{Step: stepOf(ctx), Operation: awsmiddleware.GetOperationName(ctx), Start: w.at(time.Now())}
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			try.InvocationID = request.Header.Get("Amz-Sdk-Invocation-Id")
			try.Number, _ = strconv.Atoi(attemptNumber(request.Header.Get("Amz-Sdk-Request")))
		}
		out, metadata, err := next.HandleFinalize(ctx, in)
		try.End, try.Err = w.at(time.Now()), err
		w.Saw(try)
		return out, metadata, err
	}), "Retry", middleware.After)
}
