package faultproxy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// This file connects an exchange to package memory, which keeps the snapshots for stale rules.

// follow makes the memory follow the exchange, if there are stale rules.
func (x *exchange) follow() {
	if len(x.p.rules.histories()) == 0 {
		return
	}
	r := &x.req
	x.memory = x.p.memory.Follow(memory.Request{
		Operation: r.Operation, Bucket: r.Bucket, Key: r.Key, Path: r.Path, Host: r.Host, Hosted: r.Hosted,
		VersionID: r.Param("versionId"), RenamedFrom: renamedFrom(r), Partial: partial(r), Header: string(r.Header),
	})
}

// partial reports whether a read asks for a part of the object, for an older version, or for
// changed headers.
func partial(r *s3api.Request) bool {
	other := false
	httptext.EachParam(r.Query, func(_, name, _ string) bool {
		other = name == "versionId" || name == "partNumber" || strings.HasPrefix(name, "response-")
		return !other
	})
	return other || r.Range != ""
}

// renamedFrom returns the key that a RenameObject moves. S3's examples write the header's value as
// /KEY, its pattern as /BUCKET/KEY.
func renamedFrom(r *s3api.Request) string {
	if r.Operation != "RenameObject" {
		return ""
	}
	source, _ := r.Header.Get("x-amz-rename-source")
	key := strings.TrimPrefix(httptext.Unescape(source), "/")
	return strings.TrimPrefix(key, r.Bucket+"/")
}

// before reads the objects that the request will change, if there are stale rules. It reports
// whether the exchange can go on.
func (x *exchange) before() bool {
	if x.memory == nil { // a stale rule may have been added since the arrival
		x.follow()
	}
	if x.memory.TakesBody() {
		content, unseen, ok := x.peekRequest()
		if !ok {
			return false
		}
		x.memory.SetBody(content, unseen)
	}
	return x.readBefore()
}

// readBefore reads the objects that the memory wants to know before the request changes them. It
// reports whether the exchange can go on.
func (x *exchange) readBefore() bool {
	if !x.memory.ReadsObjects() {
		return true
	}
	ctx, cancel := context.WithCancel(x.c.ctx)
	defer cancel()
	w := &x.c.watch
	w.start(!x.p.cfg.IdentityLatency, cancel)
	x.memory.Before(ctx)
	if w.stop() {
		return x.lost()
	}
	return true
}

// peekRequest reads the request's body and leaves it in the buffer to be forwarded. unseen is why
// the content is not known. ok reports whether the exchange can go on.
func (x *exchange) peekRequest() (content []byte, unseen error, ok bool) {
	tooLarge := fmt.Errorf("the request is larger than %v", Size(memory.MaxBody))
	f := x.in.head.Framing()
	if f.Kind == wire.ByLength && f.Length > memory.MaxBody {
		return nil, tooLarge, true
	}
	if x.in.head.Expect && !x.in.continued && !x.in.quiet {
		if !x.sendContinue() {
			return nil, nil, false
		}
		x.in.quiet = true // the client must not get the upstream's 100 as well
	}
	sum := newDigest(awsChunked(x.req.Header), false, func(p []byte) { content = append(content, p...) })
	whole, err := x.c.in.PeekBody(len(x.in.raw), f, memory.MaxBody, sum.write)
	x.in.raw = x.c.in.Buffered()[:len(x.in.raw)]
	switch {
	case err != nil:
		x.in.received += int64(len(x.c.in.Buffered()) - len(x.in.raw))
		return nil, nil, x.judge(err)
	case !whole:
		return nil, tooLarge, true
	case !sum.wellFormed():
		return nil, errors.New("the aws-chunked body of the request is malformed"), true
	}
	return content, nil, true
}

// note tells the memory about the upstream's response, of which only the head was read.
func (x *exchange) note(up *upstream) {
	if x.memory == nil {
		return
	}
	x.memory.Answered(memory.Response{
		Header: x.up.raw[x.up.head.Lines : len(x.up.raw)-2], Succeeded: x.succeeded(), Corrupted: x.traits().corrupts,
		Body: func(limit int) (content []byte, err error) {
			whole, err := up.in.PeekBody(len(x.up.raw), x.up.head.Framing(x.req.Method), limit,
				func(p []byte) { content = append(content, p...) })
			x.up.raw = up.in.Buffered()[:len(x.up.raw)]
			if err == nil && !whole {
				err = fmt.Errorf("the response is larger than %v", Size(limit))
			}
			return content, err
		},
	})
}

// over tells the memory how the exchange ended, and releases buffers that have grown.
func (x *exchange) over() {
	if x.memory == nil {
		return
	}
	x.memory.Over(memory.Outcome{
		Status: x.up.status, SentWhole: x.in.done && x.in.sum.wellFormed() && !x.traits().corrupts,
		ReceivedSame: x.ended == journal.EndComplete && (!x.faulty() || x.traits().faithful),
	})
	x.c.in.Trim()
	if x.c.up != nil {
		x.c.up.in.Trim()
	}
}

// faulty reports whether a rule acts on the exchange.
func (x *exchange) faulty() bool { return x.rule != nil || len(x.shaping) > 0 }

// traits returns what the faults that act on the exchange do to it together.
func (x *exchange) traits() traits {
	all := traits{faithful: true}
	with := func(a *activeRule) {
		t := a.Fault.traits()
		all.faithful = all.faithful && t.faithful
		all.corrupts = all.corrupts || t.corrupts
		all.spoils = all.spoils || t.spoils
	}
	for i := range x.shaping {
		with(x.shaping[i].activeRule)
	}
	if x.rule != nil {
		with(x.rule)
	}
	return all
}

// histories returns the snapshots of all stale rules.
func (s *RuleSet) histories() []*memory.History { return s.now.Load().histories }
