package s3client_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/s3client"
)

// Random work under random faults: a write that was acknowledged is there, a read returns what was
// written or fails, and whatever fails leaves nothing behind. Each seed is a script; go test -fuzz
// tries others.
func FuzzRandomFaultsLoseNothing(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { play(t, seed) })
	})
}

// TestProveRandomScripts plays as many scripts as S3CLIENT_SCRIPTS says, beyond those of the fuzz
// test: `make prove` plays 100,000.
func TestProveRandomScripts(t *testing.T) {
	scripts, err := strconv.ParseUint(cmp.Or(os.Getenv("S3CLIENT_SCRIPTS"), "100"), 10, 64)
	require.NoError(t, err)
	const batch = 500
	for first := uint64(0); first < scripts; first += batch {
		t.Run(fmt.Sprintf("from %d", 100+first), func(t *testing.T) {
			for seed := first; seed < min(first+batch, scripts); seed++ {
				t.Run(fmt.Sprint(100+seed), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { play(t, 100+seed) })
				})
			}
		})
	}
}

// playing is a script on its way.
type playing struct {
	*testing.T
	*rand.Rand
	fake    *fakes3.Server
	client  *s3client.Client
	dir     string
	written map[string][]byte // by sketch

	orphan bool // an upload said that it could not clean up
	steps  []string
}

// absent stands for an object that is not there.
const absent = "absent"

// holds is what a key may hold by now, as far as the client was told.
type holds []string

func play(t *testing.T, seed uint64) {
	p := &playing{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), written: map[string][]byte{}}
	p.fake = fakes3.NewWith(fakes3.Options{MinPartSize: -1, Credentials: &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey}})
	require.NoError(t, p.fake.CreateBucket("demo"))
	lab := faulttest.LabConfig{Seed: seed, TLS: p.IntN(8) == 0}.New(t, p.fake)
	for range 1 + p.IntN(4) {
		text := p.rule()
		rule, err := faultproxy.ParseRule(text)
		require.NoError(t, err, text)
		rule.Optional = true // some that are drawn can never fire
		lab.Add(rule)
		p.steps = append(p.steps, text)
	}
	policy := policy(nil)
	policy.AttemptTimeout = 5 * time.Second
	policy.InitialDelay = 100 * time.Millisecond
	var mu sync.Mutex
	attempts := map[string]int{}
	client, err := s3client.New(s3client.Config{
		Endpoint: lab.URL(), Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: lab.HTTPClient(), Retry: policy, PartSize: 16 << 10, NoSync: true, IgnoreETag: p.IntN(2) == 0,
		Observer: s3client.ObserverFunc(func(_ context.Context, a s3client.Attempt) {
			mu.Lock()
			defer mu.Unlock()
			attempts[a.InvocationID] = a.Number
			assert.LessOrEqual(t, a.Number, a.Max)
			assert.True(t, a.Max == 3 || a.Operation == "GetObject", "%s: only a download that moves starts a new count", a.Operation)
		}),
	})
	require.NoError(t, err)
	p.client = client

	keys := map[string]holds{"a": {absent}, "b": {absent}}
	for range 3 + p.IntN(8) {
		key := []string{"a", "b"}[p.IntN(2)]
		keys[key] = p.step(key, keys[key])
		if t.Failed() {
			break
		}
	}
	for key, held := range keys {
		require.Contains(t, held, p.held(key), "%s\nof %s", strings.Join(p.steps, "\n"), key)
	}
	for _, upload := range p.fake.Uploads("demo") {
		require.True(t, p.orphan || len(upload.Parts) == 0, "parts remain and nobody said so\n%s", strings.Join(p.steps, "\n"))
	}
	sends := map[string]int{}
	for _, record := range lab.Journal().Records() {
		sends[record.InvocationID]++
	}
	for id, n := range sends {
		require.LessOrEqual(t, n, attempts[id], "an attempt was sent twice\n%s", strings.Join(p.steps, "\n"))
	}
	client.CloseIdleConnections()
	synctest.Wait()
}

// rule draws a fault and when it strikes.
func (p *playing) rule() string {
	at := []string{
		"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload",
		"GetObject", "GetObject", "HeadObject", "DeleteObject", "ListObjectsV2",
	}[p.IntN(10)]
	faults := []string{
		"respond: {status: 503, code: SlowDown}", "respond: {status: 500, body: html}", "respond: {status: 403, code: AccessDenied}",
		"respond: {status: 500, code: InternalError}, after_upstream: true", "respond: {status: 404, body: html}",
		"respond: {status: 502, body: html}, after_upstream: true", "respond: {status: 404, body: html}, after_upstream: true",
		"timeout: 3s", "timeout: {}", "timeout: {}, after_upstream: true", "latency: {delay: 7s}", "latency: {delay: 7s, before: response}",
		"reset_peer: {at: request_head}", fmt.Sprintf("reset_peer: {at: request_body, after_bytes: %d}", p.IntN(20_000)),
		"reset_peer: {at: response_head}", fmt.Sprintf("reset_peer: {at: response_body, after_bytes: %d}", p.IntN(20_000)),
		fmt.Sprintf("close_early: {after_bytes: %d}", p.IntN(20_000)),
		fmt.Sprintf("close_early: {after_bytes: %d, close_delimited: true}", p.IntN(20_000)),
		"bandwidth: {rate: 2KiB}", "slicer: {size: 999B, delay: 10ms}", "idle_close: {}", "duplicate: {}",
		"corrupt: {flip: 2, in: request}",
	}
	switch at {
	case "GetObject":
		faults = append(faults, "corrupt: {flip: 1}", "corrupt: {flip: 2}", "corrupt: {flip: 9}", "corrupt: {flip: 99}")
	case "CompleteMultipartUpload":
		faults = append(faults, "ok_with_error: {code: InternalError}", "ok_with_error: {code: InternalError}, after_upstream: true", "ok_with_error: {code: AccessDenied}")
	}
	if at != "DeleteObject" && at != "AbortMultipartUpload" { // there it is what success looks like
		faults = append(faults, "respond: {status: 200, body: empty}")
	}
	when := []string{
		"times: 1, ", fmt.Sprintf("times: %d, ", 2+p.IntN(3)), fmt.Sprintf("after: %d, times: 2, ", p.IntN(4)), "probability: 0.4, ", "",
	}[p.IntN(5)]
	return "{match: {operation: " + at + "}, " + when + faults[p.IntN(len(faults))] + "}"
}

// step does one thing to key, checks what the client says of it against what key may hold, and
// returns what it may hold now.
func (p *playing) step(key string, before holds) holds {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	hurry := p.IntN(6) == 0
	if hurry {
		defer time.AfterFunc(time.Duration(p.Int64N(int64(8*time.Second))), cancel).Stop()
	}
	said := func(what string, err error) {
		p.steps = append(p.steps, fmt.Sprintf("%s %s (may hold %v): %v", what, key, before, err))
	}
	check := func(ok bool, format string, args ...any) {
		p.Helper()
		assert.True(p, ok, "%s\n%s", fmt.Sprintf(format, args...), strings.Join(p.steps, "\n"))
	}
	switch p.IntN(8) {
	default:
		return p.upload(ctx, key, before, said, check)
	case 4, 5:
		return p.download(ctx, key, before, said, check)
	case 6:
		err := p.client.Delete(ctx, key)
		said("delete", err)
		if err == nil {
			return holds{absent}
		}
		return afterFailure(err, before, absent)
	case 7:
		there, err := p.client.Exists(ctx, key)
		said("exists", err)
		check(err != nil || there || slices.Contains(before, absent), "a written object is not there")
		check(err != nil || !there || !slices.Equal(before, holds{absent}), "an object that nobody wrote is there")
		list, err := p.client.List(ctx, "", nil)
		said("list", err)
		listed := slices.ContainsFunc(list, func(o s3client.Object) bool { return o.Key == key })
		check(err != nil || listed || slices.Contains(before, absent), "a written object is not in the list")
		return before
	}
}

func (p *playing) upload(ctx context.Context, key string, before holds, said func(string, error), check func(bool, string, ...any)) holds {
	content := noise([]int{0, 10, 16 << 10, 16<<10 + 1, 90_000}[p.IntN(5)])
	content = append(content, fmt.Sprint(p.Uint64())...)
	p.written[sketch(content)] = content
	var source io.Reader = bytes.NewReader(content)
	if p.IntN(2) == 0 {
		source = unseekable(content)
	}
	what, options := "upload "+sketch(content), &s3client.UploadOptions{}
	if p.IntN(3) == 0 {
		what, options = what+" if there is none", onlyNew
	}
	err := p.client.UploadStream(ctx, source, key, options)
	said(what, err)
	var orphan *s3client.OrphanError
	p.orphan = p.orphan || errors.As(err, &orphan)
	isNew := slices.Contains(before, absent)
	if err == nil {
		check(options != onlyNew || isNew, "an object was replaced that should not be")
		return holds{sketch(content)}
	}
	canLook := !strings.Contains(strings.Join(p.steps, "\n"), "operation: HeadObject")
	check(code(err) != "PreconditionFailed" || !slices.Equal(before, holds{absent}) || !canLook, "refused because of an object that is not there")
	return afterFailure(err, before, sketch(content))
}

// afterFailure is what a key may hold after a write that failed: a failure is definite, unless the
// client says that the outcome is unknown.
func afterFailure(err error, before holds, written string) holds {
	if errors.Is(err, s3client.ErrOutcomeUnknown) {
		return append(slices.Clone(before), written)
	}
	return before
}

func (p *playing) download(ctx context.Context, key string, before holds, said func(string, error), check func(bool, string, ...any)) holds {
	out := filepath.Join(p.dir, "out")
	require.NoError(p, os.WriteFile(out, []byte("precious"), 0o600))
	first, size, ranged := p.IntN(40_000), 1+p.IntN(40_000), p.IntN(3) == 0
	options := &s3client.DownloadOptions{}
	if ranged {
		options.Range = fmt.Sprintf("%d-%d", first, first+size-1)
	}
	err := p.client.Download(ctx, key, out, options)
	said("download "+options.Range, err)
	got, readErr := os.ReadFile(out)
	require.NoError(p, readErr)
	entries, readErr := os.ReadDir(p.dir)
	require.NoError(p, readErr)
	check(len(entries) == 1, "something is left beside the file")
	if err != nil {
		check(string(got) == "precious", "a failed download touched the old file")
		check(code(err) != "NoSuchKey" || slices.Contains(before, absent), "a written object is gone")
		return before
	}
	if ranged {
		// S3 has no checksum for a range: over plain HTTP nothing tells a flipped bit.
		flipped := strings.Contains(strings.Join(p.steps, "\n"), "corrupt: {flip")
		part := func(held string) bool { return slices.Contains(p.slices(held, first, size), string(got)) }
		check(flipped || slices.ContainsFunc(before, part), "the download is no range of what was written: %s", sketch(got))
		return before
	}
	check(slices.Contains(before, sketch(got)), "the download is none of what was written: %s", sketch(got))
	return holds{sketch(got)}
}

// slices returns the range of the contents that were written with that sketch.
func (p *playing) slices(held string, first, size int) []string {
	content, ok := p.written[held]
	if !ok || first >= len(content) {
		return nil
	}
	return []string{string(content[first:min(first+size, len(content))])}
}

// held is what key holds in truth.
func (p *playing) held(key string) string {
	object, ok := p.fake.Object("demo", key)
	if !ok {
		return absent
	}
	return sketch(object.Content)
}

// sketch tells contents apart.
func sketch(content []byte) string {
	return fmt.Sprintf("%d bytes %x", len(content), crc32.ChecksumIEEE(content))
}
