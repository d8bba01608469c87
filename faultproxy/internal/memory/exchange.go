package memory

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Exchange is one exchange that a Memory follows. A nil Exchange follows nothing: all its methods
// may be called and do nothing. Its methods are called one after another.
type Exchange struct {
	m        *Memory
	req      Request
	writes   bool         // the request may change objects
	targets  []*target    // which
	deletion *deletion    // of a DeleteObjects whose body was read
	unseen   error        // why something that the request changes stays unknown, the first reason
	held     int64        // bytes of the snapshots that wait for the upstream's response
	content  *contentCopy // copy of the object's content as it passes; nil: not wanted
	header   string       // header lines of the upstream's response, where content is wanted
}

// target is an object that a request may change.
type target struct {
	place
	path   string   // as in a request line
	gone   []string // the versions that the request deletes, "": the newest; nil: it is written
	before *Version // nil: unknown
	noted  bool
}

// Follow begins to follow an exchange, which need not be over before others begin. It returns nil
// if there are no histories to fill.
func (m *Memory) Follow(r Request) *Exchange {
	if len(m.cfg.Histories()) == 0 {
		return nil
	}
	e := &Exchange{m: m, req: r, writes: true}
	at := &target{place: place{r.Bucket, r.Key}, path: r.Path}
	switch r.Operation {
	case "PutObject", "CopyObject", "CompleteMultipartUpload":
		e.targets = []*target{at}
	case "DeleteObject":
		at.gone = []string{r.VersionID}
		e.targets = []*target{at}
	case "RenameObject":
		from := e.target(r.RenamedFrom)
		from.gone = []string{""}
		e.targets = []*target{at, from}
	case "PostObject":
		e.unseen = errors.New("the key is in a browser form")
	case "DeleteObjects": // its body names them
	default:
		e.writes = false
	}
	return e
}

// target returns an object of the request's bucket, as a target of the request.
func (e *Exchange) target(key string) *target {
	path := "/" + strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(key), "+", "%20"), "%2F", "/")
	if !e.req.Hosted {
		bucket, _, _ := strings.Cut(strings.TrimPrefix(e.req.Path, "/"), "/")
		path = "/" + bucket + path
	}
	return &target{place: place{e.req.Bucket, key}, path: path}
}

// Copy returns the functions that take the decoded content of the request's and of the response's
// body, piece by piece; nil: the content is not wanted.
func (e *Exchange) Copy() (request, response func([]byte)) {
	if e == nil {
		return nil, nil
	}
	switch e.req.Operation {
	case "PutObject", "CopyObject", "CompleteMultipartUpload":
		e.content = new(contentCopy)
		return e.content.write, nil
	case "GetObject":
		if !e.req.Partial {
			e.content = new(contentCopy)
			return nil, e.content.write
		}
	}
	return nil, nil
}

// ReadsObjects reports whether Before reads any object.
func (e *Exchange) ReadsObjects() bool { return e != nil && len(e.targets) > 0 }

// Before reads the objects that the request may change. It is called once, before the upstream gets
// the request, and ends early when ctx does.
func (e *Exchange) Before(ctx context.Context) {
	if !e.ReadsObjects() {
		return
	}
	l := &objectReader{m: e.m, ctx: ctx, host: e.req.Host}
	defer l.close()
	for _, t := range e.targets {
		if ctx.Err() != nil {
			return
		}
		room := maxTotal - e.m.held.Load()
		v, err := l.read(t.path, int(max(0, min(room, maxObject))))
		if v == nil {
			t.before = e.m.seen.at(t.place)
			e.fail(err)
			continue
		}
		t.before = v
		e.held += int64(len(v.Body))
		e.m.held.Add(int64(len(v.Body)))
	}
}

// fail records why the state of an object is unknown, unless a reason is recorded already.
func (e *Exchange) fail(err error) {
	if e.unseen == nil {
		e.unseen = err
	}
}

// Response is what a Memory must know of the upstream's response.
type Response struct {
	Header    []byte // header lines
	Succeeded bool   // the status means success
	Corrupted bool   // the proxy has changed the request's body on its way
	// Body reads the response's body, at most limit bytes, and leaves it to be forwarded. It is
	// called only for DeleteObjects.
	Body func(limit int) ([]byte, error)
}

// Answered adds to all histories what the upstream's response says has changed. It is called for
// each final response that the upstream gives: only the first that reports success counts.
func (e *Exchange) Answered(r Response) {
	if e == nil {
		return
	}
	if e.content != nil {
		e.header = string(r.Header)
	}
	if !e.writes || !r.Succeeded {
		return
	}
	changed, known := e.targets, true
	if e.req.Operation == "DeleteObjects" {
		changed, known = e.deleted(r)
	}
	changes, unknown := e.changes(changed)
	if len(changes) > 0 {
		for _, h := range e.m.cfg.Histories() {
			h.add(changes)
		}
	}
	switch log := e.m.cfg.Logger; {
	case e.req.Operation == "PostObject" || !known:
		e.m.seen.forget(e.req.Bucket)
		log.Warn("stale: the proxy cannot see what a request changed", "operation", e.req.Operation, "bucket",
			strings.Clone(e.req.Bucket),
			"error", e.unseen)
	case len(unknown) > 0:
		log.Warn("stale: the state of an object before its change is unknown", "bucket", unknown[0].bucket, "key",
			unknown[0].key,
			"objects", len(unknown), "error", e.unseen)
	}
}

// changes returns the changes of targets that were changed now for the first time, and the targets
// whose state before is unknown.
func (e *Exchange) changes(targets []*target) (changes []change, unknown []*target) {
	now := e.m.cfg.Now()
	for _, t := range targets {
		if t.noted {
			continue
		}
		t.noted = true
		e.m.seen.after(t)
		t.place = t.clone()
		switch {
		case t.before == nil:
			unknown = append(unknown, t)
		case t.changes():
			changes = append(changes, change{place: t.place, at: now, before: t.before})
		}
	}
	return changes, unknown
}

// changes reports whether a read without a version id gets another response from now on.
func (t *target) changes() bool {
	return t.gone == nil || slices.ContainsFunc(t.gone, func(id string) bool {
		if id == "" {
			return t.before.Status == 200
		}
		_, marker := t.before.header("x-amz-delete-marker")
		return id == t.before.id() && (t.before.Status == 200 || marker)
	})
}

// Outcome says how an exchange ended.
type Outcome struct {
	Status       int  // of the upstream's last response; 0: there was none
	SentWhole    bool // the upstream got the whole request body as the client sent it, well-formed
	ReceivedSame bool // the client got the upstream's response, whole and unchanged
}

// Over tells the Memory that the exchange has ended.
func (e *Exchange) Over(o Outcome) {
	if e == nil {
		return
	}
	e.m.held.Add(-e.held)
	e.held = 0
	if e.content != nil {
		e.remember(o)
	}
}
