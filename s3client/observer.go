package s3client

import (
	"context"
	"log/slog"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// Attempt is what an [Observer] is told: one try of one S3 request.
type Attempt struct {
	Operation string // S3's name, such as "GetObject"
	Bucket    string
	Key       string // with the client's prefix; for ListObjectsV2 the listed prefix
	Part      int    // from 1; 0: the request does not belong to a part
	Number    int    // from 1, within the logical request
	Max       int    // the policy's limit

	// InvocationID is the amz-sdk-invocation-id of the request, the same for all attempts of one
	// logical request.
	InvocationID string

	Start, End     time.Time
	Wait           time.Duration // spent waiting before Start; 0 for the first attempt
	Sent, Received int64         // bytes of body

	// Sends counts the requests on the wire: 1, or 0 if the request was not sent. It is 2 where the
	// last attempt of a read met a dead connection of the pool and went out again on a new one.
	Sends int

	Err   error       // nil: the attempt succeeded
	Class retry.Class // of Err, by the retry policy
}

// Observer is told of every attempt when it has ended, its body included, in the goroutine that
// made it. ctx is the context of the operation.
type Observer interface {
	ObserveAttempt(ctx context.Context, attempt Attempt)
}

// ObserverFunc is a function as an [Observer].
type ObserverFunc func(ctx context.Context, attempt Attempt)

// ObserveAttempt calls f.
func (f ObserverFunc) ObserveAttempt(ctx context.Context, attempt Attempt) { f(ctx, attempt) }

// witness turns the events of the retry engine into log lines and attempts.
type witness struct {
	observer Observer
	logger   *slog.Logger
}

// TroubleOnly spares requests that succeed at once where only logs are wanted.
func (w witness) TroubleOnly() bool { return w.observer == nil }

// Observe implements retry.Observer. It runs in the goroutine of the attempt.
func (w witness) Observe(ctx context.Context, event retry.Event) {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return
	}
	log := func(level slog.Level, message string, args ...any) {
		args = append([]any{"operation", r.operation, "bucket", r.bucket, "key", r.key}, args...)
		if r.part > 0 {
			args = append(args, "part", r.part)
		}
		w.logger.Log(ctx, level, message, args...)
	}
	switch event.Kind {
	case retry.EventAttempt:
		if event.Attempt > 1 {
			log(slog.LevelInfo, r.retrying(), "attempt", event.Attempt)
		}
	case retry.EventResult:
		if w.observer != nil {
			r.seen.Class = event.Class
			w.observer.ObserveAttempt(ctx, r.seen)
		}
	case retry.EventWait:
		log(slog.LevelWarn, "operation failed, retrying", "attempt", event.Attempt, "delay", event.Delay, "class",
			event.Class.String(), "error", event.Err)
	case retry.EventDone:
		if event.Err == nil && event.Attempt > 1 {
			log(slog.LevelInfo, "operation succeeded after retry", "attempt", event.Attempt)
		}
		if event.Err != nil && (r.goesOn == nil || !r.goesOn(event.Err)) {
			log(slog.LevelError, "operation failed", "attempts", event.Attempt, "error", event.Err)
		}
	}
}

// retrying is the log line of another attempt, by what the caller is doing.
func (r *request) retrying() string {
	switch r.operation {
	case "PutObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload",
		"AbortMultipartUpload":
		return "retrying S3 upload"
	case "GetObject":
		return "retrying S3 download"
	}
	return "retrying S3 request"
}
