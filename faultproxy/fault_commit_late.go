package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// commitLate answers a write with an error or not at all, and lets the upstream handle it later.
type commitLate LateCommit

// LateCommit says how [CommitLate] answers, and when the upstream handles the request.
type LateCommit struct {
	After  time.Duration `yaml:"after"`  // since the request was read; must be positive
	Status int           `yaml:"status"` // 400 to 599; zero: the usual status of the code
	Code   string        `yaml:"code"`   // S3 error code; empty: the usual code of the status, or InternalError
	Silent bool          `yaml:"silent"` // send no response at all, as the fault timeout does
}

// CommitLate answers a write with an error, or not at all, and sends the request to the upstream
// when the time After has passed, whatever the client has done since. It is what happens to a
// request that is stuck in a queue of the service while its client gives up: the write takes effect
// although it has failed, and after those that followed it. The record of the exchange is completed
// then. The proxy stores a request of more than 8 MiB in a temporary file. If the proxy is closed
// before, the upstream does not get the request. The fault applies to requests that write.
func CommitLate(l LateCommit) Fault { return (*commitLate)(&l) }

func (f *commitLate) Kind() string   { return "commit_late" }
func (f *commitLate) String() string { return printFault(f) }
func (f *commitLate) part(r *Rule)   { r.Fault = f }
func (f *commitLate) traits() traits { return traits{order: beforeUpstream} }
func (f *commitLate) Validate() error {
	var errs []error
	if f.After <= 0 {
		errs = append(errs, fieldErrorf("commit_late.after", "%v: want a positive duration", f.After))
	}
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		errs = append(errs, fieldErrorf("commit_late.status", "%d: want 400 to 599", f.Status))
	}
	if f.Silent && (f.Status != 0 || f.Code != "") {
		errs = append(errs, fieldErrorf("commit_late.silent", "true: want no status and no code with it"))
	}
	return errors.Join(append(errs, errorCode("commit_late.code", f.Code))...)
}

func (f *commitLate) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return writes(req.Method)
}

func (f *commitLate) act(x *exchange) {
	if !x.before() {
		return
	}
	message := new(spool)
	defer message.free()
	if !x.keepRequest(message) {
		return
	}
	read := x.p.now()
	if f.Silent {
		if !x.wait(f.After) { // the client has left, and its request takes effect all the same
			x.overAt = x.p.now()
		}
	} else {
		x.answerFailure(f)
	}
	x.commit(message, f.After-(x.p.now()-read))
	if f.Silent && x.ended == "" && x.wait(forever) {
		x.close(journal.EndTimeout)
	}
}

// answerFailure sends the error, after which the exchange is over for the client.
func (x *exchange) answerFailure(f *commitLate) {
	a := answer{status: f.Status, code: f.Code}
	if a.status == 0 && a.code == "" {
		a.code = "InternalError"
	}
	x.keep = false // the next request must not wait for the commit of this one
	sent := x.answerError(a.usual()) && x.flush()
	x.overAt = x.p.now()
	if sent { // the client gets the close now, not with the commit
		x.c.linger()
		x.linger = false
	}
}

// commit sends the request to the upstream after the time d, unless the proxy is closed before.
func (x *exchange) commit(message *spool, d time.Duration) {
	ctx, cancel := x.p.untilCut()
	defer cancel()
	due := time.NewTimer(d)
	defer due.Stop()
	select {
	case <-due.C:
	case <-ctx.Done():
		return
	}
	head, err := x.p.sendOwn(ctx, x.req.Method, message.sendTo)
	x.up.status = head.Status
	if err != nil && ctx.Err() == nil {
		x.p.cfg.Logger.Warn("commit_late: the upstream did not handle the request", "error", err)
	}
}

func (f *commitLate) neverActsOn(op asked) string {
	if !writes(op.method) {
		return "commit_late delays writes, never " + op.subject()
	}
	return ""
}

func (f *commitLate) idleReason() string { return "none was a write" }
