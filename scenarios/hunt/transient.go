package hunt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file finds clients that do not retry what every client with retries retries.

// transientRetried finds a client whose step failed because of a transient failure, without a
// second attempt of the request. It says nothing of a step with another failure.
func (j *judge) transientRetried(
	step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record,
) *Finding {
	if j.attempts(declared) == 1 || step.Outcome != script.Failure || j.mayGiveUp(declared) || j.quotaSpent() {
		return nil
	}
	if j.otherConnectionLasts(step) {
		return nil
	}
	sent := make(map[aim]int)
	for i := range records {
		sent[aimOf(&records[i])]++
	}
	var first *faultproxy.Record
	for i := range records {
		r := &records[i]
		if len(r.Firings()) == 0 {
			continue
		}
		if !transient(r) || sent[aimOf(r)] > 1 || declared.Get != nil && r.Status/100 == 2 && endsThere(r) {
			return nil
		}
		if first == nil {
			first = r
		}
	}
	if first == nil {
		return nil
	}
	if first.Operation == "GetObject" && j.writtenByOthers(step.ID, first.Bucket, first.Key, step.Start) {
		return nil // it is another object, or none
	}
	return &Finding{
		Kind: NotRetried, Step: step.ID, Got: 1, Most: int64(j.attempts(declared)),
		Sentence: fmt.Sprintf("the client gave up %s after one attempt, although the failure is transient",
			cmp.Or(first.Operation, "-")),
		Evidence: evidence.Last(records, evidence.InStep("")),
	}
}

// endsThere reports whether the response tells no ETag by which a reader could go on behind the
// bytes that its caller already has.
func endsThere(r *faultproxy.Record) bool {
	etag := r.ResponseHeader["Etag"]
	return r.ResponseHeader != nil && (etag == "" || strings.HasPrefix(etag, "W/"))
}

// otherConnectionLasts reports whether a fault that may last struck a connection of another step
// meanwhile: a transport may give a request the connection that it opened for another.
func (j *judge) otherConnectionLasts(step *scenarios.StepResult) bool {
	return slices.ContainsFunc(j.result.Journal, func(r faultproxy.Record) bool {
		struck := r.Kind == faultproxy.KindConnection && len(r.Firings()) > 0
		return struck && r.Step != step.ID && !transient(&r) && r.At <= step.End && (!r.Done || r.End >= step.Start)
	})
}

// sdkRetries is how many retries the quota of the SDK allows a client that does not recover: 500
// tokens at 14 for each (standard.go of aws/retry in aws-sdk-go-v2 v1.48.0).
const sdkRetries = 500 / 14

// quotaSpent reports whether the failures of the drill may have spent the retry quota of the SDK,
// which all operations of a client share.
func (j *judge) quotaSpent() bool {
	struck := 0
	for i := range j.result.Journal {
		if len(j.result.Journal[i].Firings()) > 0 {
			struck++
		}
	}
	return j.scenario.Client.SDK != nil && struck >= sdkRetries
}

// An aim is what a request is about. Attempts of one request have the same aim, also if they resume
// it at another byte.
type aim struct {
	operation, bucket, key string
	part, upload           int
}

func aimOf(r *faultproxy.Record) aim { return aim{r.Operation, r.Bucket, r.Key, r.Part, r.Upload} }

// mayGiveUp reports whether the policy of a step lets the client give up early: it has a time
// limit, a budget, or a body that cannot be sent twice.
func (j *judge) mayGiveUp(s *script.Step) bool {
	policy := j.policy(s)
	limited := policy != nil && (policy.Budget != nil || policy.MaxElapsed != nil)
	return limited || s.Deadline > 0 || s.CancelAfter > 0 || s.UploadStream != nil && !s.UploadStream.Seekable
}

// transientStatuses are the statuses after which another attempt may succeed.
var transientStatuses = []int{429, 500, 502, 503, 504}

// transient reports whether a fault made the exchange fail in a way that a second attempt may mend:
// the connection broke, or the server said that it cannot serve now.
func transient(r *faultproxy.Record) bool {
	if len(r.Firings()) == 0 || refused(r.Status) || refused(r.UpstreamStatus) || r.Status/100 == 3 ||
		slices.ContainsFunc(r.Firings(), lasting) {
		return false
	}
	switch r.Ended {
	case journal.EndReset, journal.EndClosed, journal.EndTimeout, journal.EndRefused:
		return true
	case journal.EndComplete:
		return slices.Contains(transientStatuses, r.Status) && !permanentCode(r.ErrorCode)
	}
	return false
}

// lasting reports whether a client may take a fault for one that another attempt meets too: a host
// that does not exist, a server that does not speak HTTP, or an object that was replaced.
func lasting(f faultproxy.Firing) bool {
	return f.Fault == "dns: nxdomain" || f.Kind() == "replace" || f.Kind() == "malformed"
}

// refused reports whether the status that the client was sent tells it not to try again, even if
// the body of the response is cut.
func refused(status int) bool { return status/100 == 4 && status != 408 && status != 429 }

// permanentCode reports whether S3 says by its code that another attempt fails too.
func permanentCode(code string) bool {
	final := []string{"NotImplemented", "PermanentRedirect", "TemporaryRedirect"}
	return slices.Contains(final, code) || slices.Contains(finalCodes, code)
}
