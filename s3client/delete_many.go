package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
)

// maxDeletes is S3's limit for the keys of one DeleteObjects request.
const maxDeletes = 1000

// DeleteError says which objects a [Client.DeleteMany] did not delete.
type DeleteError struct {
	Bucket string
	Failed []KeyError // in the order of the call
}

// KeyError is why one object was not deleted. Err matches [ErrOutcomeUnknown] where the object may
// be gone all the same.
type KeyError struct {
	Key string // as the caller named it
	Err error
}

func (e *DeleteError) Error() string {
	first := e.Failed[0]
	text := fmt.Sprintf("delete %s/%s: %v", e.Bucket, first.Key, first.Err)
	if more := len(e.Failed) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more objects)", more)
	}
	return text
}

// Unwrap returns the errors of the objects.
func (e *DeleteError) Unwrap() []error { return errorsOf(e.Failed) }

func errorsOf(failed []KeyError) []error {
	all := make([]error, len(failed))
	for i, one := range failed {
		all[i] = one.Err
	}
	return all
}

// DeleteMany removes the objects keys, up to 1,000 in one request. An object that is not there is a
// success. S3 may refuse some keys of a request: those are sent again where their error is
// transient. The error is a [*DeleteError] unless no request was sent.
func (c *Client) DeleteMany(ctx context.Context, keys []string) error {
	full := make(map[string]string, len(keys)) // whole key → as the caller named it
	var order []string
	for _, key := range keys {
		whole, err := c.fullKey(key)
		if err != nil {
			return fmt.Errorf("delete: %w", err)
		}
		if _, twice := full[whole]; !twice {
			order = append(order, whole)
		}
		full[whole] = key
	}
	failed := &DeleteError{Bucket: c.config.Bucket}
	for batch := range slices.Chunk(order, maxDeletes) {
		refused := c.deleteBatch(ctx, batch)
		for _, whole := range batch {
			if err := refused[whole]; err != nil {
				failed.Failed = append(failed.Failed, KeyError{full[whole], err})
			}
		}
	}
	if len(failed.Failed) > 0 {
		return failed
	}
	return nil
}

// deleteBatch deletes up to maxDeletes whole keys, and returns why others remain.
func (c *Client) deleteBatch(ctx context.Context, keys []string) map[string]error {
	d := &deletion{client: c, left: keys, refused: make(map[string]error)}
	d.run(ctx)
	return d.refused
}

// deletion is one DeleteObjects request, with those that repeat it for the keys that are left.
type deletion struct {
	client  *Client
	left    []string         // keys that no response has settled
	refused map[string]error // keys that will not be deleted
	lost    bool             // the server may have acted on an attempt that failed
}

// run deletes what can be deleted; refused has the rest.
func (d *deletion) run(ctx context.Context) {
	c := d.client
	first := d.left[0]
	err := c.do(ctx, "DeleteObjects", first, 0, func(ctx context.Context, a *attempt) error {
		objects := make([]types.ObjectIdentifier, len(d.left))
		for i, key := range d.left {
			objects[i] = types.ObjectIdentifier{Key: aws.String(key)}
		}
		out, err := c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: aws.String(c.config.Bucket),
			Delete: &types.Delete{Objects: objects},
		})
		if err == nil {
			err = d.read(ctx, out)
		}
		d.lost = d.lost || a.mayHaveActed(err)
		return err
	})
	if err != nil {
		d.settle(ctx, err)
	}
}

// read takes the keys that the response settles off the list. A key that it does not mention is
// left, and so is one whose error is transient: their error is the result.
func (d *deletion) read(ctx context.Context, out *s3.DeleteObjectsOutput) error {
	settled := make(map[string]bool, len(d.left))
	for _, deleted := range out.Deleted {
		settled[aws.ToString(deleted.Key)] = true
	}
	var transient error
	for _, e := range out.Errors {
		key := aws.ToString(e.Key)
		err := &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)}
		if retry.Classify(err) != retry.ClassPermanent {
			transient = err
			continue
		}
		settled[key] = true
		if slices.Contains(d.left, key) {
			d.refused[key] = err
		}
	}
	d.left = slices.DeleteFunc(slices.Clone(d.left), func(key string) bool { return settled[key] })
	switch {
	case len(d.left) == 0:
		return nil
	case transient != nil:
		return transient
	}
	return retry.Retryable(fmt.Errorf("response without key %q: not from S3", d.left[0]))
}

// settle decides about the keys that are left after failure. Where a response was lost, a HEAD
// looks at each of them, until one fails.
func (d *deletion) settle(ctx context.Context, failure error) {
	var reason error
	for _, key := range d.left {
		if !d.lost {
			d.refused[key] = failure
			continue
		}
		if reason == nil && ctx.Err() != nil {
			reason = errors.New("the caller's context ended before a lookup")
		}
		why := reason
		if reason == nil {
			var out *s3.HeadObjectOutput
			if out, reason = d.client.head(ctx, key); reason == nil && out == nil {
				continue
			}
			why = cmp.Or(reason, errOther)
		}
		d.refused[key] = fmt.Errorf("%w: %w; lookup: %w", ErrOutcomeUnknown, failure, why)
	}
}
