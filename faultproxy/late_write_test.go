package faultproxy_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oneObject is an upstream with one object. It records when the object was written.
type oneObject struct {
	denies bool // a PUT gets 403

	mu      sync.Mutex
	content string // "": there is no object
	written []time.Time
}

func (o *oneObject) now() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.content
}

func (o *oneObject) writes() []time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.written
}

func (o *oneObject) answer(req *http.Request, body string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	const empty = "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n"
	switch {
	case req.Method == http.MethodPut && o.denies:
		return fmt.Sprintf(empty, "403 Forbidden")
	case req.Method == http.MethodPut:
		o.content = body
		o.written = append(o.written, time.Now())
		return fmt.Sprintf(empty, "200 OK")
	case o.content == "":
		return fmt.Sprintf(empty, "404 Not Found")
	}
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(o.content))
	if req.Method == http.MethodHead {
		return head
	}
	return head + o.content
}

// The object is replaced once, before, during or after the first response.
func TestReplaceOverwritesTheObjectAtItsMoment(t *testing.T) {
	const old = "0123456789"
	for rule, want := range map[string]struct {
		first string // body of the first response: the new object or the old one
		at    time.Duration
		size  int
	}{
		"replace: {}":                           {"new", 0, 10},
		"replace: {when: before, size: 20}":     {"new", 0, 20},
		"replace: {when: during}":               {old, 0, 10},
		"replace: {after_bytes: 4}":             {old, 0, 10},
		"replace: {when: after, size: 1KiB}":    {old, 0, 1024},
		"replace: {when: during, size: 100000}": {old, 0, 100_000},
	} {
		t.Run(rule, func(t *testing.T) {
			store := &oneObject{content: old}
			inRig(t, store.answer, []string{"times: 1, " + rule}, func(r *rig) {
				c := r.dial()
				defer c.Close()
				got, end, _ := r.talkUntil(c, get, time.Second)
				assert.Equal(t, open, end)
				first := payload(t, got)
				require.Len(t, r.proxy.Replacements(), 1)
				replaced := r.proxy.Replacements()[0]
				assert.Equal(t, "demo/a.bin", replaced.Bucket+"/"+replaced.Key)
				assert.Equal(t, store.now(), string(replaced.Content()))
				assert.Len(t, store.now(), want.size)
				assert.NotEqual(t, old, store.now())
				if want.first == old {
					assert.Equal(t, old, first)
				} else {
					assert.Equal(t, store.now(), first)
				}
				got, _, _ = r.talkUntil(c, get, time.Second)
				assert.Equal(t, store.now(), payload(t, got))
				assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
				assert.Len(t, r.records(), 2)
				assert.Contains(t, r.records()[0].Fault, "replace: {")
			})
		})
	}
}

// With a cut at the same byte, the client has half of an object that is no longer there.
func TestReplaceCombinesWithACut(t *testing.T) {
	store := &oneObject{content: "0123456789"}
	rules := []string{"chain: true, times: 1, replace: {after_bytes: 4}", "times: 1, close_early: {after_bytes: 6}"}
	inRig(t, store.answer, rules, func(r *rig) {
		got, end, _ := r.talk(get)
		assert.True(t, strings.HasSuffix(got, "\r\n\r\n012345"), got)
		assert.Equal(t, eof, end)
		got, _, _ = r.talk(get)
		assert.Equal(t, store.now(), payload(t, got))
		assert.Equal(t, []int{1, 1}, r.proxy.Rules().Fired())
	})
}

func TestReplaceNeedsAnObjectAndAnUpstreamThatTakesIt(t *testing.T) {
	for name, store := range map[string]*oneObject{
		"no object": {}, "a PUT that is denied": {content: "0123456789", denies: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, rule := range []string{"replace: {}", "replace: {when: after}", "replace: {after_bytes: 20}"} {
				inRig(t, store.answer, []string{rule}, func(r *rig) {
					r.talk(get)
					assert.Equal(t, []int{0}, r.proxy.Rules().Fired(), rule)
					assert.Empty(t, r.record().Fault)
					assert.Empty(t, r.proxy.Replacements())
				})
			}
		})
	}
}

// putOf is a PUT of a body.
func putOf(body string) string {
	return fmt.Sprintf("PUT /demo/a.bin HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// The client gets its failure at once. The write takes effect later, over another one that has
// succeeded.
func TestLateCommitOverwritesALaterWrite(t *testing.T) {
	for _, size := range []int{5, 100_000, 9 << 20} {
		store := &oneObject{}
		late := strings.Repeat("x", size)
		inRig(t, store.answer, []string{"times: 1, commit_late: {after: 10s}"}, func(r *rig) {
			start := time.Now()
			got, end, at := r.talk(putOf(late))
			assert.True(t, strings.HasPrefix(got, "HTTP/1.1 500 "), got)
			assert.Contains(t, got, "\r\nConnection: close\r\n")
			assert.Contains(t, got, "<Code>InternalError</Code>")
			assert.Equal(t, eof, end)
			assert.Less(t, at, time.Second)
			got, _, _ = r.talkUntil(r.dial(), putOf("later"), time.Second)
			assert.True(t, strings.HasPrefix(got, "HTTP/1.1 200 "), got)
			assert.Equal(t, "later", store.now())
			time.Sleep(15 * time.Second)
			assert.Equal(t, late, store.now())
			require.Len(t, store.writes(), 2)
			assert.Equal(t, 10*time.Second, store.writes()[1].Sub(start).Truncate(time.Second))
			rec := r.records()[0]
			assert.Equal(t, "complete", rec.Ended)
			assert.Equal(t, 500, rec.Status)
			assert.Equal(t, 200, rec.UpstreamStatus)
			assert.True(t, rec.Committed)
			assert.Less(t, rec.End, time.Second, "the exchange was over when the client had its answer")
		})
	}
}

// Without a response the request takes effect as well, whether the client waits or leaves.
func TestSilentLateCommitTakesEffectWhateverTheClientDoes(t *testing.T) {
	for _, patience := range []time.Duration{time.Second, time.Minute} {
		store := &oneObject{}
		inRig(t, store.answer, []string{"commit_late: {after: 10s, silent: true}"}, func(r *rig) {
			start := time.Now()
			c := r.dial()
			got, end, _ := r.talkUntil(c, put, patience)
			assert.Empty(t, got)
			assert.Equal(t, open, end)
			require.NoError(t, c.Close())
			time.Sleep(time.Minute)
			require.Len(t, store.writes(), 1)
			assert.Equal(t, 10*time.Second, store.writes()[0].Sub(start).Truncate(time.Second))
			rec := r.record()
			assert.Equal(t, "client_gone", rec.Ended)
			assert.Equal(t, patience, rec.End.Truncate(time.Second))
			assert.True(t, rec.Committed)
		})
	}
}

func TestLateCommitIsForWritesAndDropsWhatIsNotDueAtTheEnd(t *testing.T) {
	store := &oneObject{content: "0123456789"}
	inRig(t, store.answer, []string{"commit_late: {after: 1h, status: 503, code: SlowDown}"}, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Equal(t, "0123456789", payload(t, got))
		got, _, _ = r.talk(putOf("late"))
		assert.Contains(t, got, "HTTP/1.1 503 Slow Down")
		assert.Equal(t, 1, r.proxy.Journal().InFlight())
	})
	assert.Equal(t, "0123456789", store.now())
}
