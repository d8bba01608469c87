// Package retry runs operations again until they succeed or another attempt makes no sense. The
// names to use are [New], which makes a [Retryer] from a [Config], and [Retryer.Do] and [DoValue],
// which run an operation:
//
//	r, err := retry.New(retry.Config{MaxAttempts: 5})
//	…
//	err = r.Do(ctx, func(ctx context.Context, attempt int) error {
//		return client.Put(ctx, object)
//	})
//
// # The model
//
// An attempt is one run of the operation. When it fails, its error gets a
// [Class]: by the marks [Retryable] and [Permanent], by Config.Classifier, or by
// [Classify], which knows the errors of the standard library, HTTP statuses and the codes of S3,
// AWS, Azure and Google Cloud Storage. Transient faults, throttling and timeouts are worth another
// attempt, if attempts, time, the [Budget] and the [Breaker] allow one; the wait before it comes
// from the schedule, its [Jitter] and what the server asked for.
//
// Three attempts wait twice: with the defaults, 1 s and 2 s.
//
// Every failed call returns an *[Error], which says why it ended and holds the attempts; errors.Is
// sees through it to the last attempt's error.
//
// A Retryer is immutable, so one serves any number of goroutines; what a call needs lives on its
// stack. All time comes from package time: inside a testing/synctest bubble every wait is virtual
// and exact.
package retry
