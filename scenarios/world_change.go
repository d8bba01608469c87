package scenarios

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file rewrites files while the client sends them. For a client of this process, the byte at
// which a file changes is counted where the client's transport reads the body, so that it is exact.
// For a program, it is counted where the fake S3 reads the body.

// changes are the file changes of a drill and what became of them.
type changes struct {
	w    *world
	list []script.ChangeFile

	mu       sync.Mutex
	events   []Event
	contents map[string][][]byte // what files were changed to, by path
	sources  map[string]string   // the files that steps upload, by step
	err      error
}

func newChanges(w *world) *changes {
	c := &changes{
		w: w, list: w.scenario.ChangeFile, contents: make(map[string][][]byte), sources: make(map[string]string),
	}
	for i := range c.list {
		c.events = append(c.events, Event{Text: "change_file " + c.list[i].Path, Line: c.list[i].Line})
	}
	return c
}

// sends records that a step uploads a file.
func (c *changes) sends(step, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources[step] = path
}

// apply rewrites the file of the change with that index, on its first call.
func (c *changes) apply(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events[i].Happened {
		return
	}
	one := &c.list[i]
	path := filepath.Join(c.w.workdir, filepath.FromSlash(one.Path))
	content := one.Bytes(c.w.seed)
	if err := rewrite(path, content, one.KeepTime); err != nil {
		c.err = err
		return
	}
	c.contents[one.Path] = append(c.contents[one.Path], content)
	c.events[i].Happened, c.events[i].At = true, time.Since(c.w.zero())
}

// result returns the events. The error means that a file could not be changed.
func (c *changes) result() ([]Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events), c.err
}

// later returns the contents to which a file was changed so far.
func (c *changes) later(path string) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.contents[path])
}

// rewrite replaces the content of a file in place, as a program that writes into it does. The file
// is never empty in between. The modification time moves on, also where the clock of the file
// system is coarse, unless it is kept.
func rewrite(path string, content []byte, keepTime bool) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.WriteAt(content, 0); err != nil {
		return err
	}
	if err := file.Truncate(int64(len(content))); err != nil {
		return err
	}
	modified := info.ModTime()
	if !keepTime {
		modified = modified.Add(time.Second)
	}
	return os.Chtimes(path, modified, modified)
}

// inTime applies the changes with a time, until the context ends.
func (c *changes) inTime(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for i := range c.list {
		if c.list[i].When == 0 {
			continue
		}
		all.Go(func() {
			if c.w.scenario.Client.Run != nil {
				select {
				case <-c.w.proxy.Started():
				case <-ctx.Done():
					return
				}
			}
			if sleepUntil(ctx, c.w.zero().Add(c.list[i].When)) {
				c.apply(i)
			}
		})
	}
}

// of returns the index of the change that the body of a request may reach, or -1. step is empty for
// a request of a program.
func (c *changes) of(step string, r *http.Request) int {
	if r.Body == nil || r.Method != http.MethodPut && r.Method != http.MethodPost {
		return -1
	}
	part := 1
	if text := r.URL.Query().Get("partNumber"); text != "" {
		part, _ = strconv.Atoi(text) // S3 refuses a part without a number
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.list {
		one := &c.list[i]
		if one.AtByte != nil && !c.events[i].Happened && max(1, one.Part) == part &&
			(step == "" || c.sources[step] == one.Path) {
			return i
		}
	}
	return -1
}

// body returns the body of a request, which applies a change on its way.
func (c *changes) body(i int, body io.ReadCloser) io.ReadCloser {
	return &changingBody{ReadCloser: body, left: int64(*c.list[i].AtByte), change: func() { c.apply(i) }}
}

// A changingBody applies a change before it reads the byte at which the file changes.
type changingBody struct {
	io.ReadCloser
	left   int64
	change func()
}

func (b *changingBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.change()
		return b.ReadCloser.Read(p)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// A changingTransport applies changes while it sends. It sends the requests of a client of this
// process.
type changingTransport struct {
	http.RoundTripper
	changes *changes
}

// RoundTrip implements http.RoundTripper.
func (t *changingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if i := t.changes.of(stepOf(r.Context()), r); i >= 0 {
		body := r.Body
		r = r.WithContext(r.Context()) // a copy: a transport must not change the request
		r.Body = t.changes.body(i, body)
		if again := r.GetBody; again != nil {
			r.GetBody = func() (io.ReadCloser, error) {
				body, err := again()
				if err != nil {
					return nil, err
				}
				return t.changes.body(i, body), nil
			}
		}
	}
	return t.RoundTripper.RoundTrip(r)
}

// handler returns the fake S3 of a program, which applies changes while it reads bodies.
func (c *changes) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i := c.of("", r); i >= 0 {
			r.Body = c.body(i, r.Body)
		}
		next.ServeHTTP(w, r)
	})
}

// zero returns the moment of scenario time zero.
func (w *world) zero() time.Time {
	if w.scenario.Client.Run != nil {
		return w.proxy.Start()
	}
	return w.start
}
