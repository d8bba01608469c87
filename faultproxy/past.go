package faultproxy

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// past is what an exchange may change, as it was before. It is found out before the upstream acts and noted once the
// upstream has said what it did; only where a stale rule wants to know.
type past struct {
	targets  []*target
	deletion *deletion // of a DeleteObjects
	unseen   error     // why nothing is known of what the request changes
	looked   int64     // bytes of content that wait for the upstream's answer
}

// target is an object that a request may change.
type target struct {
	place
	path   string   // as in a request line
	gone   []string // the versions that the request deletes, "": the object as it is; nil: it is written
	before *version // nil: nobody knows
	noted  bool
}

// before finds out what is in the place of the objects that the request is about to change, if any rule wants to know. It
// reports whether the exchange is still under way.
func (x *exchange) before() bool {
	if len(x.c.p.rules.histories()) == 0 {
		return true
	}
	at := &target{place: place{x.req.Bucket, x.req.Key}, path: x.req.Path}
	switch x.req.Operation {
	case "PutObject", "CopyObject", "CompleteMultipartUpload":
		x.past = &past{targets: []*target{at}}
	case "DeleteObject":
		at.gone = []string{x.req.param("versionId")}
		x.past = &past{targets: []*target{at}}
	case "RenameObject":
		from := x.target(x.renamed())
		from.gone = []string{""}
		x.past = &past{targets: []*target{at, from}}
	case "PostObject":
		x.past = &past{unseen: errors.New("its key is in a form")}
	case "DeleteObjects":
		if x.past = new(past); !x.readDeletion() {
			return false
		}
	default:
		return true
	}
	return x.look()
}

// target is an object of the request's bucket.
func (x *exchange) target(key string) *target {
	path := "/" + strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(key), "+", "%20"), "%2F", "/")
	if !x.req.hosted {
		bucket, _, _ := strings.Cut(strings.TrimPrefix(x.req.Path, "/"), "/")
		path = "/" + bucket + path
	}
	return &target{place: place{x.req.Bucket, key}, path: path}
}

// renamed is the key that a RenameObject moves away. S3's examples write /KEY, its pattern /BUCKET/KEY.
func (x *exchange) renamed() string {
	source, _ := x.req.Header.get("x-amz-rename-source")
	key := strings.TrimPrefix(unescape(source), "/")
	return strings.TrimPrefix(key, x.req.Bucket+"/")
}

// look finds out what is in the targets' places: by looking, or where the upstream shows it to nobody, by what passed
// before.
func (x *exchange) look() bool {
	if len(x.past.targets) == 0 {
		return true
	}
	ctx, cancel := context.WithCancel(x.c.ctx)
	defer cancel()
	w := &x.c.watch
	w.start(!x.c.p.cfg.IdentityLatency, cancel)
	l := &looker{p: x.c.p, ctx: ctx, host: x.req.Host}
	for _, t := range x.past.targets {
		if ctx.Err() != nil {
			break
		}
		room := allPasts - x.c.p.looked.Load()
		v, err := l.look(t.path, int(max(0, min(room, maxPast))))
		if v == nil {
			t.before = x.c.p.recall.at(t.place)
			x.past.fail(err)
			continue
		}
		t.before = v
		x.past.looked += int64(len(v.body))
		x.c.p.looked.Add(int64(len(v.body)))
	}
	l.close()
	if w.stop() {
		return x.lost()
	}
	return true
}

// fail notes why a look has failed, the first time.
func (p *past) fail(err error) {
	if p.unseen == nil {
		p.unseen = err
	}
}

// note remembers what the upstream's answer, whose head is there, says it has changed.
func (x *exchange) note(up *upstream) {
	p := x.past
	if p == nil || !x.succeeded() {
		return
	}
	changed, known := p.targets, true
	if x.req.Operation == "DeleteObjects" {
		changed, known = x.deleted(up)
	}
	var changes []change
	var unknown []*target
	now := x.c.p.now()
	for _, t := range changed {
		if t.noted {
			continue
		}
		t.noted = true
		x.c.p.recall.after(t)
		t.place = place{strings.Clone(t.bucket), strings.Clone(t.key)}
		switch {
		case t.before == nil:
			unknown = append(unknown, t)
		case t.changes():
			changes = append(changes, change{place: t.place, at: now, before: t.before})
		}
	}
	if len(changes) > 0 {
		for _, h := range x.c.p.rules.histories() {
			h.add(changes)
		}
	}
	switch log := x.c.p.cfg.Logger; {
	case x.req.Operation == "PostObject" || !known:
		x.c.p.recall.forget(x.req.Bucket)
		log.Warn("stale: a change is not seen", "operation", x.req.Operation, "bucket", strings.Clone(x.req.Bucket), "error", p.unseen)
	case len(unknown) > 0:
		log.Warn("stale: the past of an object is unknown", "bucket", unknown[0].bucket, "key", unknown[0].key, "objects", len(unknown), "error", p.unseen)
	}
}

// changes reports whether reads without a version are answered otherwise from now on.
func (t *target) changes() bool {
	return t.gone == nil || slices.ContainsFunc(t.gone, func(id string) bool {
		if id == "" {
			return t.before.status == 200
		}
		_, marker := t.before.header("x-amz-delete-marker")
		return id == t.before.id() && (t.before.status == 200 || marker)
	})
}

// release gives back what the exchange held of the past.
func (x *exchange) release() {
	if p := x.past; p != nil {
		x.c.p.looked.Add(-p.looked)
		x.c.in.trim()
		if x.c.up != nil {
			x.c.up.in.trim()
		}
	}
}
