package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// This file settles writes whose outcome the responses leave open: the client looks at the object
// with a HEAD and decides between success, definite failure and ErrOutcomeUnknown.

// markerKey is the metadata key by which a conditional write recognizes its own object.
const markerKey = "s3client-write"

// evidence describes the object that a write stores.
type evidence struct {
	size     int64
	digest   digest
	checksum string        // of the whole object by digest; "": not known
	etag     func() string // computes the expected ETag; "" if it cannot be known
	marker   string        // "" for an unconditional write
	tags     int           // how many the object has
	options  *UploadOptions
}

// write settles one write of one key.
type write struct {
	client   *Client
	key      string
	version  string        // "": the current one
	customer CustomerKey   // with which the object is encrypted
	lost     bool          // the server may have acted on an attempt that failed
	odd      bool          // the server reported success with another checksum, and may hold the object
	found    *UploadResult // what a lookup found, if that settled the write
}

// note records the outcome of an attempt.
func (w *write) note(a *attempt, err error) {
	w.lost = w.lost || a.mayHaveActed(err)
	w.odd = w.odd || errors.Is(err, ErrIntegrity) && a.status >= 200 && a.status < 300
}

// settle returns the outcome of a write whose last error is failure: nil if a HEAD shows that the
// wanted state holds, failure if it shows that the write did not happen, and ErrOutcomeUnknown
// otherwise. A refusal (412) without a lost response is settled too, because a proxy on the way may
// have repeated the request: it stands if another object is there.
func (w *write) settle(ctx context.Context, failure error, judge func(*s3.HeadObjectOutput) verdict) error {
	if failure == nil {
		return nil
	}
	result, reason := unclear, errors.New("the caller's context ended before a lookup")
	if ctx.Err() == nil {
		result, reason = w.look(ctx, judge)
	}
	switch {
	case result == done:
		w.client.log(ctx, slog.LevelInfo, "lookup settled a lost response: the write succeeded",
			"bucket", w.client.config.Bucket, "key", w.key)
		return nil
	case result == notDone, !w.lost && errors.Is(reason, errOther):
		return failure
	}
	return fmt.Errorf("%w: %w; lookup: %w", ErrOutcomeUnknown, failure, reason)
}

// head is the HEAD of the key, as it is after the write.
func (w *write) head() *s3.HeadObjectInput { return headInput(w.version, w.customer) }

// verdict is what a lookup says about a write.
type verdict int

const (
	unclear verdict = iota
	done
	notDone
)

var errOther = errors.New("the object's state does not tell whether this write happened")

func (w *write) look(ctx context.Context, judge func(*s3.HeadObjectOutput) verdict) (verdict, error) {
	out, err := w.client.headWith(ctx, w.key, w.head())
	if err != nil {
		return unclear, err
	}
	result := judge(out)
	if result == done && out != nil {
		w.found = found(out)
	}
	return result, errOther
}

// settleUpload decides about an upload that failed with failure.
func (w *write) settleUpload(ctx context.Context, failure error, want evidence) error {
	open := w.lost || w.odd && !errors.Is(failure, ErrIntegrity)
	if codeOf(failure) == "PreconditionFailed" {
		open = w.lost || want.marker != ""
	}
	if !open {
		return failure
	}
	return w.settle(ctx, failure, want.judge)
}

// judge compares the object with the evidence. A different object proves nothing: it may have
// replaced this write's object, or been there all along.
func (want evidence) judge(out *s3.HeadObjectOutput) verdict {
	switch {
	case out == nil:
		return notDone
	case out.ContentLength == nil || *out.ContentLength != want.size:
		return unclear
	case want.marker != "" && out.Metadata[markerKey] != want.marker:
		return unclear
	case want.marker == "" && !want.sameHeaders(out):
		return unclear
	}
	if sum := fullObject(want.digest.in(headSums(out)), out.ChecksumType); sum != nil && want.checksum != "" {
		if *sum == want.checksum {
			return done
		}
		return unclear
	}
	if want.marker != "" {
		return done
	}
	if etag := want.etag(); etag != "" && strings.Trim(aws.ToString(out.ETag), `"`) == etag {
		return done
	}
	return unclear
}

// sameHeaders reports whether the object has what the write sets beside the content, as far as a
// HEAD tells.
func (want evidence) sameHeaders(out *s3.HeadObjectOutput) bool {
	o := want.options
	if o.ContentType == "" && !defaultType[aws.ToString(out.ContentType)] {
		return false
	}
	for _, field := range []struct {
		want, got string
		exact     bool // with an empty want, the object must have none; else any value will do
	}{
		{o.ContentType, aws.ToString(out.ContentType), false},
		{o.ContentDisposition, aws.ToString(out.ContentDisposition), true},
		{o.ContentEncoding, aws.ToString(out.ContentEncoding), true},
		{o.ContentLanguage, aws.ToString(out.ContentLanguage), true},
		{o.CacheControl, aws.ToString(out.CacheControl), true},
		{string(o.ServerSideEncryption), string(out.ServerSideEncryption), false},
		{string(o.ObjectLockMode), string(out.ObjectLockMode), false},
		{string(o.ObjectLockLegalHold), string(out.ObjectLockLegalHoldStatus), false},
		{string(o.StorageClass), cmp.Or(string(out.StorageClass), "STANDARD"), false},
	} {
		if field.want != field.got && (field.exact || field.want != "") {
			return false
		}
	}
	if int(aws.ToInt32(out.TagCount)) != want.tags {
		return false
	}
	return maps.Equal(lowerKeys(o.Metadata), lowerKeys(out.Metadata))
}

// defaultType lists the content types of objects that were stored without one.
var defaultType = map[string]bool{"": true, "binary/octet-stream": true, "application/octet-stream": true}

// lowerKeys returns metadata as servers store it: keys in lower case, values without outer blanks.
func lowerKeys(metadata map[string]string) map[string]string {
	lower := make(map[string]string, len(metadata))
	for key, value := range metadata {
		lower[strings.ToLower(key)] = strings.TrimSpace(value)
	}
	return lower
}
