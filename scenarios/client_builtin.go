package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// builtin is this project's own client.
type builtin struct {
	client *s3client.Client
}

// NewBuiltin is the client that `client: {builtin: …}` drills.
func NewBuiltin(c ClientConfig) (Client, error) {
	spec := c.Scenario.Client.Builtin
	if spec == nil {
		spec = &Builtin{}
	}
	policy, err := spec.Retry.config(c.Seed)
	if err != nil {
		return nil, err
	}
	config := s3client.Config{
		Endpoint:    c.Endpoint,
		Region:      c.Region,
		Bucket:      c.Bucket,
		Prefix:      spec.Prefix,
		AccessKey:   c.AccessKey,
		SecretKey:   c.SecretKey,
		HTTPClient:  c.HTTPClient,
		Retry:       &policy,
		PartSize:    int64(spec.PartSize),
		Concurrency: spec.Concurrency,
	}
	if c.Witness != nil {
		config.Observer = s3client.ObserverFunc(func(ctx context.Context, a s3client.Attempt) {
			c.Witness.Saw(Try{
				Step: stepOf(ctx), Operation: a.Operation, InvocationID: a.InvocationID, Number: a.Number,
				Start: c.Witness.at(a.Start), End: c.Witness.at(a.End), Err: a.Err, Class: a.Class.String(), class: a.Class,
			})
		})
	}
	client, err := s3client.New(config)
	if err != nil {
		return nil, err
	}
	return &builtin{client}, nil
}

// config is the engine's configuration; what the file leaves out is the engine's default.
func (p *RetryPolicy) config(seed uint64) (retry.Config, error) {
	c := retry.DefaultConfig()
	c.Seed = cmp.Or(seed, insteadOfZero)
	set(&c.MaxAttempts, p.MaxAttempts)
	set(&c.InitialDelay, p.InitialDelay)
	set(&c.MaxDelay, p.MaxDelay)
	set(&c.Multiplier, p.Multiplier)
	set(&c.JitterRatio, p.JitterRatio)
	set(&c.AttemptTimeout, p.AttemptTimeout)
	set(&c.MaxElapsed, p.MaxElapsed)
	c.MaxHint = c.MaxDelay
	set(&c.MaxHint, p.MaxHint)
	if p.InitialDelay != nil && c.InitialDelay == 0 {
		c.InitialDelay = retry.NoDelay
	}
	if p.Jitter != nil {
		if err := c.Jitter.UnmarshalText([]byte(*p.Jitter)); err != nil {
			return c, fmt.Errorf("jitter: %w", err)
		}
		if p.JitterRatio == nil {
			c.JitterRatio = 0
		}
	}
	if p.Budget != nil {
		budget, err := p.Budget.budget()
		if err != nil {
			return c, err
		}
		c.Budget = budget
	}
	return c, nil
}

// insteadOfZero is the seed 0 as the engine is told it: to the engine, 0 asks for a random one.
const insteadOfZero = 0x9e3779b97f4a7c15

func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

func (b *builtin) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return b.client.WithBucket(bucket).Upload(ctx, path, key, reporting(progress))
}

func (b *builtin) UploadStream(ctx context.Context, bucket, key string, s Stream) error {
	return b.client.WithBucket(bucket).UploadStream(ctx, s.Reader, key, &s3client.UploadOptions{Progress: reporting(s.Progress), IfNoneMatch: s.IfNoneMatch})
}

func (b *builtin) Download(ctx context.Context, bucket, key, path string, span *Range, progress func(int64)) error {
	options := &s3client.DownloadOptions{Progress: reporting(progress)}
	if span != nil {
		options.Range = span.String()
	}
	return b.client.WithBucket(bucket).Download(ctx, key, path, options)
}

func (b *builtin) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	objects, err := b.client.WithBucket(bucket).List(ctx, prefix, &s3client.ListOptions{PageSize: maxKeys})
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(objects))
	for i, o := range objects {
		keys[i] = o.Key
	}
	return keys, nil
}

func (b *builtin) Delete(ctx context.Context, bucket, key string) error {
	return b.client.WithBucket(bucket).Delete(ctx, key)
}

func (b *builtin) Exists(ctx context.Context, bucket, key string) (bool, error) {
	return b.client.WithBucket(bucket).Exists(ctx, key)
}

func reporting(progress func(int64)) s3client.Progress {
	if progress == nil {
		return nil
	}
	return func(done, _ int64) { progress(done) }
}

// policy bounds each wait by what the declared policy allows, server hints included.
func (p *RetryPolicy) policy(seed uint64, tries []Try) (policy, error) {
	config, err := p.config(seed)
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
			if hint, ok := retry.HintOf(t.Err); ok {
				lo, hi = hinted(hint, lo, hi, retryer.Backoff(t.class), config.MaxHint)
			}
		}
		return lo, hi
	}, nil
}

// hinted are the bounds of a wait when the server asked for one: as the engine documents it, a lower bound with the jitter above it, up to the
// longer of the longest delay and the longest hint; or, for a hint with a window, at most so much longer than the schedule.
func hinted(h retry.Hint, lo, hi time.Duration, b retry.Backoff, maxHint time.Duration) (time.Duration, time.Duration) {
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

// budget is the engine's; what the file leaves out is the engine's default, and an explicit 0 is none.
func (s *BudgetSpec) budget() (*retry.Budget, error) {
	var c retry.BudgetConfig
	if s.Tokens != nil {
		c.Capacity = float64(*s.Tokens)
		if *s.Tokens == 0 {
			c.Initial = retry.NoTokens
		}
	}
	for _, part := range []struct {
		field *float64
		given *int
	}{{&c.Cost, s.RetryCost}, {&c.ThrottleCost, s.ThrottleCost}, {&c.Refund, s.Refund}} {
		if part.given != nil {
			*part.field = max(float64(*part.given), free)
		}
	}
	return retry.NewBudget(c)
}

// free is a price too small to be counted: the engine takes 0 for its default.
const free = 1e-6
