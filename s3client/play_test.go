package s3client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	"github.com/s3chaos/s3chaos/internal/knowable"
	"github.com/s3chaos/s3chaos/s3client"
)

// This file plays random scripts and checks what the client says against what may be true.

// playing is a script on its way.
type playing struct {
	*testing.T
	*script
	fake   *fakes3.Server
	client *s3client.Client
	lab    *faulttest.Lab
	dir    string

	mu     sync.Mutex
	said   []string        // what each step did, for the report of a failure
	orphan bool            // an upload said that it could not clean up
	sent   map[string]int  // the sends of each request that the observer was told
	faulty map[string]bool // kinds of the faults in the script
}

// absent stands for an object that does not exist.
const absent = "absent"

// holds is what a key may hold, as far as the client was told.
type holds []string

// outcome is what a write of one step says about its key.
type outcome struct {
	key     string
	values  []string // one of them is what the write stores
	success bool
	unknown bool
	ifNone  bool
}

func play(t *testing.T, seed uint64) {
	p := &playing{T: t, script: draw(seed), dir: t.TempDir(), sent: map[string]int{}, faulty: map[string]bool{}}
	p.fake = fakes3.NewWith(fakes3.Options{
		MinPartSize: -1, Credentials: &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey},
	})
	require.NoError(t, p.fake.CreateBucket("demo"))
	lab := faulttest.LabConfig{Seed: seed, TLS: p.tls}.New(t, p.fake)
	for _, text := range p.rules {
		rule, err := faultproxy.ParseRule(text)
		require.NoError(t, err, text)
		rule.Optional = true // some that are drawn can never fire
		p.faulty[rule.Fault.Kind()] = true
		lab.Add(rule)
	}
	policy := p.policy
	client, err := s3client.New(s3client.Config{
		Endpoint: lab.URL(), Bucket: "demo", Prefix: p.prefix, AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: lab.HTTPClient(), Retry: &policy, PartSize: part, Concurrency: p.concurrency, NoSync: true,
		IgnoreETag: p.ignoreETag, FindLostUploads: p.findLost, MinRate: p.minRate,
		Observer: s3client.ObserverFunc(p.observe),
	})
	require.NoError(t, err)
	p.client, p.lab = client, lab

	keys := map[string]holds{"a": {absent}, "b": {absent}}
	for _, one := range p.steps {
		p.take(one, keys)
		if t.Failed() {
			break
		}
	}
	for key, held := range keys {
		p.check(slices.Contains(held, p.held(key)), "%s holds %s, want one of %v", key, p.held(key), held)
	}
	for _, upload := range p.fake.Uploads("demo") {
		p.check(p.orphan || len(upload.Parts) == 0, "parts remain without an OrphanError")
	}
	sends := map[string]int{}
	for _, record := range lab.Journal().Records() {
		if record.Done && record.Ended != "unused" { // not a dial that another connection has overtaken
			sends[record.InvocationID]++
		}
	}
	for id, n := range sends {
		// A connection does not count as an attempt, nor a request that net/http gave up as a send.
		p.check(id == "" || n <= p.sent[id], "a send was not reported")
	}
	client.CloseIdleConnections()
	synctest.Wait()
}

// reads lists the operations of which the last attempt may be sent twice.
var reads = map[string]bool{
	"GetObject": true, "HeadObject": true, "ListObjectsV2": true, "ListMultipartUploads": true, "ListParts": true,
}

// check fails the test with the scenario and the command that replay it.
func (p *playing) check(ok bool, format string, args ...any) {
	p.Helper()
	if !ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		steps := strings.Join(p.said, "\n")
		assert.Fail(p, fmt.Sprintf(format, args...), "replay: %s\n\n%s\n%s", p.command(), p.script, steps)
	}
}

// command replays the script exactly.
func (p *playing) command() string {
	return fmt.Sprintf("S3CLIENT_SEED=%d go test -count 1 -run TestReplayRandomScript ./s3client", p.seed)
}

func (p *playing) observe(_ context.Context, a s3client.Attempt) {
	p.mu.Lock()
	p.sent[a.InvocationID] += a.Sends
	p.mu.Unlock()
	p.check(a.Sends <= 1 || a.Sends == 2 && a.Number == a.Max && reads[a.Operation],
		"%s: %d sends", a.Operation, a.Sends)
	p.check(a.Number <= a.Max, "attempt %d of %d", a.Number, a.Max)
	p.check(a.Max == p.policy.MaxAttempts || a.Operation == "GetObject",
		"%s: only a download that moves starts a new count", a.Operation)
}

func (p *playing) say(one step, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, fmt.Sprintf("%s: %v", one, err))
}

// take plays a step, or several at once, and notes in keys what each key may hold then.
func (p *playing) take(one step, keys map[string]holds) {
	group := one.together
	switch one.operation {
	case "wait":
		time.Sleep(one.pause)
		return
	case "parallel":
	default:
		group = []step{one}
	}
	// What a read may find: what was there before, and what a step of the group may have written.
	seen := map[string]holds{"a": slices.Clone(keys["a"]), "b": slices.Clone(keys["b"])}
	for range group { // a copy may copy a copy
		for _, each := range group {
			seen[each.key] = append(seen[each.key], each.stores(seen)...)
		}
	}
	outcomes := make([]*outcome, len(group))
	var running sync.WaitGroup
	for i, each := range group {
		running.Go(func() {
			if each.operation == "wait" {
				time.Sleep(each.pause)
				return
			}
			// A response that lies reports a write wrongly, and a lookup that lies settles it
			// wrongly.
			lies := func() int { return p.lies("HeadObject", each.key) + p.lies("PutObject", each.key) }
			before := lies()
			outcomes[i] = p.one(each, fmt.Sprint(i), seen)
			if o := outcomes[i]; o != nil && lies() > before {
				o.success, o.unknown = false, true
			}
		})
	}
	running.Wait()
	for key := range keys {
		keys[key] = p.after(key, keys[key], outcomes)
	}
}

// after returns what key may hold after the writes of a group.
func (p *playing) after(key string, before holds, outcomes []*outcome) holds {
	var certain, possible holds
	created, deleted := 0, false
	for _, o := range outcomes {
		switch {
		case o == nil || o.key != key:
		case o.success:
			certain = append(certain, o.values...)
			if o.ifNone {
				created++
			}
			deleted = deleted || slices.Contains(o.values, absent)
		case o.unknown:
			possible = append(possible, o.values...)
			deleted = deleted || slices.Contains(o.values, absent)
		}
	}
	p.check(created <= 1 || deleted, "%d conditional uploads of %s succeeded", created, key)
	p.check(created == 0 || deleted || slices.Contains(before, absent), "a conditional upload replaced %s", key)
	if len(certain) > 0 {
		return append(certain, possible...)
	}
	return append(slices.Clone(before), possible...)
}

// stores lists the values that the write of a step may store, where keys hold what seen says.
func (s step) stores(seen map[string]holds) []string {
	switch s.operation {
	case "upload":
		return []string{s.value()}
	case "delete", "delete_many":
		return []string{absent}
	case "copy":
		all := slices.Compact(slices.Sorted(slices.Values(seen[s.from])))
		return slices.DeleteFunc(all, func(value string) bool { return value == absent })
	}
	return nil
}

// one plays a single step. all is what the keys may hold meanwhile.
func (p *playing) one(each step, name string, all map[string]holds) *outcome {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if each.cancel > 0 {
		defer time.AfterFunc(each.cancel, cancel).Stop()
	}
	if each.deadline > 0 {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(ctx, each.deadline)
		defer end()
	}
	seen := all[each.key]
	switch each.operation {
	case "upload":
		return p.upload(ctx, each, seen)
	case "delete":
		err := p.client.Delete(ctx, each.key)
		p.say(each, err)
		return told(each.key, []string{absent}, err)
	case "delete_many":
		err := p.client.DeleteMany(ctx, []string{each.key, "never"})
		p.say(each, err)
		return told(each.key, []string{absent}, ofKey(each.key, err))
	case "copy":
		err := p.client.Copy(ctx, each.from, each.key, nil)
		p.say(each, err)
		return told(each.key, each.stores(all), err)
	case "download":
		p.download(ctx, each, filepath.Join(p.dir, name), seen)
	case "exists":
		there, err := p.client.Exists(ctx, each.key)
		p.say(each, err)
		if p.lies("HeadObject", each.key) > 0 {
			return nil
		}
		p.check(err != nil || there || slices.Contains(seen, absent), "%s was written, but is not there", each.key)
		p.check(err != nil || !there || !onlyAbsent(seen), "%s is there, but was not written", each.key)
	case "list":
		p.list(ctx, each, seen)
	}
	return nil
}

// told is what an error says about a write: a failure is definite, unless the client says that the
// outcome is unknown.
func told(key string, values []string, err error) *outcome {
	return &outcome{key: key, values: values, success: err == nil, unknown: errors.Is(err, s3client.ErrOutcomeUnknown)}
}

// ofKey is what the error of a DeleteMany says about one key.
func ofKey(key string, err error) error {
	var failed *s3client.DeleteError
	if !errors.As(err, &failed) {
		return err
	}
	for _, one := range failed.Failed {
		if one.Key == key {
			return one.Err
		}
	}
	return nil
}

func onlyAbsent(seen holds) bool {
	return !slices.ContainsFunc(seen, func(v string) bool { return v != absent })
}

func (p *playing) upload(ctx context.Context, each step, seen holds) *outcome {
	var source io.Reader = bytes.NewReader(each.bytes())
	if !each.seekable {
		source = unseekable(each.bytes())
	}
	var progress recorder
	options := &s3client.UploadOptions{Progress: progress.report}
	if each.ifNone {
		options.IfNoneMatch = "*"
	}
	if each.metadata {
		options.Metadata = map[string]string{"colour": "blue"}
	}
	err := p.client.UploadStream(ctx, source, each.key, options)
	p.say(each, err)
	p.progressed(&progress, err, each.size)
	var orphan *s3client.OrphanError
	p.mu.Lock()
	p.orphan = p.orphan || errors.As(err, &orphan)
	p.mu.Unlock()
	p.check(code(err) != "PreconditionFailed" || !onlyAbsent(seen), "refused because of an object that is not there")
	o := told(each.key, []string{each.value()}, err)
	o.ifNone = each.ifNone
	if errors.Is(err, s3client.ErrIntegrity) && code(err) == "" {
		o.unknown = true // S3 did not refuse the bytes: its response has another checksum, so it may hold them
	}
	if each.ifNone && code(err) == "PreconditionFailed" && p.faulty["duplicate"] {
		// S3 refused the repetition of a request whose first copy wrote the object. Where the
		// lookup fails too, the client believes S3.
		o.unknown = true
	}
	return o
}

// progressed checks that the reports never go back, but for the last one, and that they end at the
// size of a transfer that succeeded.
func (p *playing) progressed(seen *recorder, err error, size int) {
	before := seen.done
	if err == nil {
		last := len(before) - 1
		p.check(last >= 0 && before[last] == int64(size), "progress of %d bytes: %v", size, before)
		before = before[:max(0, last)]
	}
	p.check(slices.IsSorted(before), "progress goes back: %v", before)
}

func (p *playing) download(ctx context.Context, each step, out string, seen holds) {
	require.NoError(p, os.MkdirAll(out, 0o700))
	file := filepath.Join(out, "file")
	require.NoError(p, os.WriteFile(file, []byte("precious"), 0o600))
	var progress recorder
	options := ranged(each.span)
	options.Progress = progress.report
	err := p.client.Download(ctx, each.key, file, options)
	p.say(each, err)
	got, readErr := os.ReadFile(file)
	require.NoError(p, readErr)
	entries, readErr := os.ReadDir(out)
	require.NoError(p, readErr)
	p.check(len(entries) == 1, "something is left beside the file")
	if err != nil {
		p.check(string(got) == "precious", "a failed download touched the old file")
		mayMiss := slices.Contains(seen, absent) || p.faulty["stale"]
		p.check(code(err) != "NoSuchKey" || mayMiss, "%s was written, but is gone", each.key)
		return
	}
	p.progressed(&progress, nil, len(got))
	if p.lies("GetObject", each.key) > 0 {
		return
	}
	p.check(slices.ContainsFunc(seen, func(value string) bool { return p.matches(value, each.span, got) }),
		"the download of %s is %s: want %q of one of %v", each.key, sketch(got), each.span, seen)
}

// lies counts the responses to the operation that held a fault that no client could have known: a
// stale state, or a flipped bit where there is no checksum. It waits until the records of what the
// client has received are complete.
func (p *playing) lies(operation, key string) int {
	time.Sleep(time.Nanosecond) // virtual time goes on once all other goroutines wait
	if key != "" {
		key = p.prefix + key
	}
	n := 0
	for _, r := range p.lab.Journal().Records() {
		if row, struck := knowable.Of(r); r.Operation == operation && r.Key == key && struck && !row.Knowable {
			n++
		}
	}
	return n
}

// matches reports whether got is the range of the content that value stands for.
func (p *playing) matches(value, span string, got []byte) bool {
	for _, content := range p.contents() {
		if strings.HasPrefix(value, sketch(content)) && bytes.Equal(rangeOf(content, span), got) {
			return true
		}
	}
	return false
}

// contents lists all that the script uploads.
func (p *playing) contents() [][]byte {
	var all [][]byte
	for _, one := range p.steps {
		for _, each := range append(one.together, one) {
			if each.operation == "upload" {
				all = append(all, each.bytes())
			}
		}
	}
	return all
}

// rangeOf returns the range of content that span asks for; "" is all of it.
func rangeOf(content []byte, span string) []byte {
	var first, last int
	size := len(content)
	switch {
	case span == "":
		return content
	case strings.HasPrefix(span, "-"):
		_, _ = fmt.Sscanf(span, "-%d", &last)
		return content[max(0, size-last):]
	case strings.HasSuffix(span, "-"):
		_, _ = fmt.Sscanf(span, "%d-", &first)
		return content[min(first, size):]
	}
	_, _ = fmt.Sscanf(span, "%d-%d", &first, &last)
	return content[min(first, size):min(last+1, size)]
}

func (p *playing) list(ctx context.Context, each step, seen holds) {
	objects, err := collect(p.client.List(ctx, "", &s3client.ListOptions{PageSize: each.page}))
	p.say(each, err)
	if err != nil || p.lies("ListObjectsV2", "") > 0 {
		return
	}
	listed := slices.ContainsFunc(objects, func(o s3client.Object) bool { return o.Key == each.key })
	p.check(listed || slices.Contains(seen, absent), "%s was written, but is not in the list", each.key)
	p.check(!listed || !onlyAbsent(seen), "%s is in the list, but was not written", each.key)
}

// held is what key holds in truth.
func (p *playing) held(key string) string {
	object, ok := p.fake.Object("demo", p.prefix+key)
	if !ok {
		return absent
	}
	return valueOf(object.Content, object.Metadata["colour"] != "")
}

// bytes is the content of an upload. Steps of the same size and number have the same content.
func (s step) bytes() []byte {
	content := noise(s.size)
	for i := range min(len(content), 3) {
		content[i] += byte(s.content)
	}
	return content
}

// value stands for the object that an upload stores.
func (s step) value() string { return valueOf(s.bytes(), s.metadata) }

func valueOf(content []byte, metadata bool) string {
	if metadata {
		return sketch(content) + " with metadata"
	}
	return sketch(content) + "."
}

// sketch tells contents apart.
func sketch(content []byte) string {
	return fmt.Sprintf("%d bytes %x", len(content), crc32.ChecksumIEEE(content))
}
