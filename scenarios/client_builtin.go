package scenarios

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// builtin is the client of this project, package s3client.
type builtin struct {
	client      *s3client.Client
	concurrency int // of a download
	dirs        s3client.DirOptions
	policy      retry.Config
	engine      *retry.Retryer // of calls without settings of their own
}

// NewBuiltin returns the client for `client: {builtin: …}`.
func NewBuiltin(c ClientConfig) (Client, error) {
	spec := c.Scenario.Client.Builtin
	if spec == nil {
		spec = &script.Builtin{}
	}
	policy, err := spec.Retry.Config(c.Seed)
	if err != nil {
		return nil, err
	}
	config := s3client.Config{
		Endpoint:    c.Endpoint,
		Region:      c.Region,
		Bucket:      c.Bucket,
		Prefix:      spec.Prefix,
		Credentials: c.credentials(),
		HTTPClient:  c.HTTPClient,
		Retry:       &policy,
		PartSize:    int64(spec.PartSize),
		Concurrency: spec.Concurrency, CopyPartSize: int64(spec.CopyPartSize),
		StreamMemory: int64(spec.StreamMemory), MaxParts: spec.MaxParts, MinRate: int64(spec.MinRate),
		FindLostUploads: spec.FindLostUploads, IgnoreETag: spec.IgnoreETag,
		ExpectedBucketOwner: spec.ExpectedOwner, RequesterPays: spec.RequesterPays,

		VirtualHosted: c.VirtualHosted,
	}
	if c.Witness != nil && !spec.Unobserved {
		config.Observer = s3client.ObserverFunc(func(ctx context.Context, a s3client.Attempt) {
			c.Witness.Saw(Try{
				Step: stepOf(ctx), Operation: a.Operation, InvocationID: a.InvocationID, Number: a.Number,
				Start: c.Witness.at(a.Start), End: c.Witness.at(a.End), Err: a.Err,
				Class: a.Class.String(), class: a.Class,
			})
		})
	}
	if c.Witness != nil && c.Scenario.ExpectsLog() {
		config.Logger = c.Witness.logger()
	}
	client, err := newBuiltin(config, spec.FromConfig)
	if err != nil {
		return nil, err
	}
	engine, err := retry.New(policy)
	if err != nil {
		return nil, err
	}
	dirs := s3client.DirOptions{SkipUnchanged: spec.SkipUnchanged}
	return &builtin{client, spec.DownloadConcurrency, dirs, policy, engine}, nil
}

// newBuiltin makes the client. With fromConfig the configuration of the SDK has all that it can
// have.
func newBuiltin(c s3client.Config, fromConfig bool) (*s3client.Client, error) {
	if !fromConfig {
		return s3client.New(c)
	}
	loaded := aws.Config{
		Region: c.Region, BaseEndpoint: aws.String(c.Endpoint), Credentials: c.Credentials, HTTPClient: c.HTTPClient,
	}
	c.Region, c.Endpoint, c.Credentials, c.HTTPClient = "", "", nil, nil
	return s3client.FromConfig(loaded, c)
}

func (b *builtin) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return b.client.WithBucket(bucket).Upload(ctx, path, key, reporting(progress))
}

func (b *builtin) UploadStream(ctx context.Context, bucket, key string, s Stream) error {
	return b.client.WithBucket(bucket).UploadStream(ctx, s.Reader, key,
		&s3client.UploadOptions{
			Progress: reporting(s.Progress), IfNoneMatch: s.IfNoneMatch, IfMatch: s.IfMatch,
		})
}

// UploadIf implements ConditionalUploader. The client's upload of a file takes no condition, so the
// file is uploaded as a stream that can seek.
func (b *builtin) UploadIf(
	ctx context.Context, bucket, key, path string, c Condition, progress func(int64),
) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // the file was only read
	return b.UploadStream(ctx, bucket, key,
		Stream{Reader: file, IfNoneMatch: c.IfNoneMatch, IfMatch: c.IfMatch, Progress: progress})
}

func (b *builtin) Download(
	ctx context.Context, bucket, key, path string, span *script.Range, progress func(int64),
) error {
	return b.DownloadWith(ctx, bucket, key, path, GetOptions{Range: span}, progress)
}

func (b *builtin) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	var keys []string
	var options *s3client.ListOptions
	if maxKeys > 0 {
		options = &s3client.ListOptions{PageSize: maxKeys}
	}
	for object, err := range b.client.WithBucket(bucket).List(ctx, prefix, options) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, object.Key)
	}
	return keys, nil
}

func (b *builtin) Delete(ctx context.Context, bucket, key string) error {
	return b.client.WithBucket(bucket).Delete(ctx, key)
}

func (b *builtin) Exists(ctx context.Context, bucket, key string) (bool, error) {
	return b.client.WithBucket(bucket).Exists(ctx, key)
}

// Get implements Getter.
func (b *builtin) Get(ctx context.Context, bucket, key string, o GetOptions) (io.ReadCloser, error) {
	return b.client.WithBucket(bucket).Get(ctx, key, o.read())
}

// dirOptions returns the options of transfers of directories; nil if there are none, as most
// callers give them.
func (b *builtin) dirOptions() *s3client.DirOptions {
	if b.dirs == (s3client.DirOptions{}) {
		return nil
	}
	return &b.dirs
}

// DownloadDir implements DirDownloader.
func (b *builtin) DownloadDir(ctx context.Context, bucket, prefix, dir string) error {
	_, err := b.client.WithBucket(bucket).DownloadDir(ctx, prefix, dir, b.dirOptions())
	return err
}

// UploadDir implements DirUploader.
func (b *builtin) UploadDir(ctx context.Context, bucket, dir, prefix string) error {
	_, err := b.client.WithBucket(bucket).UploadDir(ctx, dir, prefix, b.dirOptions())
	return err
}

// Stat implements Statter.
func (b *builtin) Stat(ctx context.Context, bucket, key string) (int64, error) {
	return b.StatWith(ctx, bucket, key, GetOptions{})
}

// Copy implements Copier.
func (b *builtin) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	return b.client.WithBucket(toBucket).Copy(ctx, fromKey, toKey, &s3client.CopyOptions{SourceBucket: fromBucket})
}

// Move implements Mover.
func (b *builtin) Move(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) (copied bool, err error) {
	err = b.client.WithBucket(toBucket).Move(ctx, fromKey, toKey, &s3client.CopyOptions{SourceBucket: fromBucket})
	_, half := errors.AsType[*s3client.MoveError](err)
	return err == nil || half, err
}

// DeleteMany implements ManyDeleter.
func (b *builtin) DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error) {
	err = b.client.WithBucket(bucket).DeleteMany(ctx, keys)
	if some, ok := errors.AsType[*s3client.DeleteError](err); ok {
		for _, f := range some.Failed {
			failed = append(failed, f.Key)
		}
	}
	return failed, err
}

func reporting(progress func(int64)) s3client.Progress {
	if progress == nil {
		return nil
	}
	return func(done, _ int64) { progress(done) }
}

// builtinPolicy returns the bounds that the declared policy sets for each wait, with server hints.
func builtinPolicy(p *script.RetryPolicy, seed uint64, tries []Try) (policy, error) {
	config, err := p.Config(seed)
	if err != nil {
		return nil, err
	}
	retryer, err := retry.New(config)
	if err != nil {
		return nil, err
	}
	return func(attempt int, ended faultproxy.Record, _ time.Duration) (lo, hi time.Duration) {
		lo, hi = retryer.Bounds(attempt)
		for _, t := range tries {
			if t.InvocationID != ended.InvocationID || t.Number != attempt || t.Err == nil {
				continue
			}
			schedule := retryer.Backoff(t.class)
			lo, hi = schedule.Bounds(attempt)
			if hint, ok := retry.HintOf(t.Err); ok {
				lo, hi = hintedBounds(hint, lo, hi, schedule, config.MaxHint)
			}
		}
		return lo, hi
	}, nil
}

// hintedBounds returns the bounds of a wait for which the server sent a hint, as package retry
// documents them. Without a window, the hint is the lower bound and the jitter is added to it, up
// to the longer of the longest delay and the longest hint. With a window, the wait is at most the
// window longer than the schedule.
func hintedBounds(
	h retry.Hint, lo, hi time.Duration, b retry.Backoff, maxHint time.Duration,
) (time.Duration, time.Duration) {
	if h.Window > 0 {
		stretch := func(d time.Duration) time.Duration { return max(d, min(h.After, d+h.Window)) }
		return stretch(lo), stretch(hi)
	}
	after := min(h.After, maxHint)
	spread := time.Duration(0)
	if b.Jitter != retry.JitterNone {
		spread = time.Duration(float64(after) * b.JitterRatio)
	}
	longest := max(hi, min(after+spread, max(b.MaxDelay, maxHint)))
	return max(lo, after), longest
}
