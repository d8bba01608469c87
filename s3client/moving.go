package s3client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// This file lets a download that moves go on: cuts do not exhaust its attempts. After real progress
// the count of attempts starts anew.

const (
	// progressStep is real progress of one attempt in bytes. For an object below 6.4 MB it is 1 %
	// of the object.
	progressStep = 64 << 10
	// maxNewCounts is how often the count of attempts may start anew in one download.
	maxNewCounts = 100
)

// moving counts the attempts of one download.
type moving struct {
	*download
	request *request
	retryer *retry.Retryer // of the present count
	start   time.Time
	most    int64 // bytes that had arrived after the best attempt so far
	failed  int   // attempts since the last one with real progress
	counts  int   // how often the count has started anew
}

// moving returns the count for the next requests of the download.
func (d *download) moving(ctx context.Context) *moving {
	m := &moving{
		download: d, request: d.client.request("GetObject", d.key, d.number), start: time.Now(), most: d.have,
		retryer: d.client.retryer,
	}
	m.request.goesOn = func(err error) bool { return m.goesOn(ctx, err) }
	return m
}

// fetch makes the requests of the download until a response has come to its end.
func (m *moving) fetch(ctx context.Context) error {
	for {
		err := m.client.try(ctx, m.retryer, m.request, m.attempt)
		if !m.goesOn(ctx, err) {
			return err
		}
		if err := m.anew(ctx, err); err != nil {
			return err
		}
	}
}

// anew starts a new count after a call of the retry engine that ended with err, once the delay has
// passed.
func (m *moving) anew(ctx context.Context, err error) error {
	c := m.client
	c.log(ctx, slog.LevelWarn, "download moved, the count of attempts starts anew",
		"bucket", c.config.Bucket, "key", m.key, "bytes", m.have, "delay", m.delay(), "error", err)
	return m.continues(ctx, err)
}

// cut follows an attempt that failed without an error: its response looked whole, but a HEAD told
// that the object is longer. The error says that no attempt or no time is left.
func (m *moving) cut(ctx context.Context) error {
	failure := &retry.Error{
		Name: m.request.name(), Attempts: m.request.seen.Number, Reason: retry.ErrExhausted,
		Cause: m.endedEarly(),
	}
	switch {
	case m.goesOn(ctx, failure):
		return m.continues(ctx, failure)
	case m.failed < m.client.retryer.MaxAttempts():
		failure.Reason = retry.ErrDeadline
	}
	return failure
}

// continues waits for the delay, and makes the policy of the requests that follow: it has the
// attempts and the time that are left.
func (m *moving) continues(ctx context.Context, err error) error {
	if cause := m.wait(ctx); cause != nil {
		return errors.Join(err, cause)
	}
	policy := m.client.policy
	policy.MaxAttempts -= m.failed
	if policy.MaxElapsed > 0 {
		policy.MaxElapsed -= m.elapsed()
	}
	m.request.max = m.request.seen.Number + policy.MaxAttempts
	if m.retryer, err = retry.New(policy); err != nil {
		return fmt.Errorf("retry policy: %w", err)
	}
	return nil
}

// attempt makes one attempt and counts it.
func (m *moving) attempt(ctx context.Context, a *attempt) error {
	err := m.download.attempt(ctx, a)
	m.count()
	return err
}

// count counts an attempt, unless it brought real progress.
func (m *moving) count() {
	step := int64(progressStep)
	if m.size > 0 {
		step = max(1, min(step, m.size/100))
	}
	m.failed++
	if m.have-m.most >= step && m.counts < maxNewCounts {
		m.failed = 0
		m.counts++
	}
	m.most = max(m.most, m.have)
}

// goesOn reports whether the download continues after a call of the retry engine that ended with
// err.
func (m *moving) goesOn(ctx context.Context, err error) bool {
	most := m.client.retryer.MaxAttempts()
	// The retry engine counts the time that the caller took into MaxElapsed.
	ended := errors.Is(err, retry.ErrExhausted) || errors.Is(err, retry.ErrDeadline) && m.paused > 0
	if !ended || ctx.Err() != nil || most == 1 || m.failed >= most {
		return false
	}
	if limit := m.client.policy.MaxElapsed; limit > 0 && m.elapsed()+m.delay() >= limit {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > m.delay()
}

// elapsed is how long the download has taken, without the time that the caller took.
func (m *moving) elapsed() time.Duration { return time.Since(m.start) - m.paused }

// delay is the wait before the next attempt, by the new count.
func (m *moving) delay() time.Duration {
	return m.client.retryer.Delay(m.request.name(), max(1, m.failed))
}

// wait waits for the delay and returns the context's cause if it ends first.
func (m *moving) wait(ctx context.Context) error {
	timer := time.NewTimer(m.delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
