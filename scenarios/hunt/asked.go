package hunt

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file finds requests that a client need not send: one that S3 has refused for good, and one
// for more than the caller wants. It also finds a client that believes a refusal which its own
// earlier request has caused.

// finalCodes are the codes with which S3 refuses a request for a reason that another attempt does
// not change.
var finalCodes = []string{
	"AccessDenied", "AllAccessDisabled", "InvalidArgument", "InvalidBucketName", "KeyTooLongError", "MethodNotAllowed",
}

// refusalFinal finds a request that the client sends again although S3 has refused it for good. It
// says nothing of a HEAD, whose response has no code, and of an abort, which clients may repeat
// while parts are on their way.
func (j *judge) refusalFinal(step *scenarios.StepResult, records []faultproxy.Record) *Finding {
	refused := make(map[string]*faultproxy.Record)
	for i := range records {
		r := &records[i]
		if r.Kind != faultproxy.KindExchange || r.Method == http.MethodHead || r.Operation == "AbortMultipartUpload" {
			continue
		}
		if first := refused[r.Identity]; first != nil && first.End <= r.At {
			return &Finding{
				Kind: RefusalRetried, Step: step.ID, Got: 2, Most: 1,
				Sentence: fmt.Sprintf("the client sent %s again, although S3 had refused it with %d %s",
					r.Operation, first.Status, first.ErrorCode),
				Evidence: evidence.Last(records, evidence.InStep("")),
			}
		}
		if r.Ended == journal.EndComplete && r.Status/100 == 4 && slices.Contains(finalCodes, r.ErrorCode) &&
			!slices.ContainsFunc(r.Firings(), garbles) {
			refused[r.Identity] = r
		}
	}
	return nil
}

// garbles reports whether a fault may hide the code of a refusal from the client.
func garbles(f faultproxy.Firing) bool {
	return slices.Contains([]string{"shorten", "corrupt", "edit"}, f.Kind())
}

// rangeAsked finds a request for a whole object in a step that reads a range of it.
func (j *judge) rangeAsked(step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record) *Finding {
	ranged := declared.Download != nil && declared.Download.Range != nil ||
		declared.Get != nil && declared.Get.Range != nil
	if !ranged {
		return nil
	}
	for _, r := range records {
		if r.Operation == "GetObject" && r.Range == "" && r.Part == 0 {
			return &Finding{
				Kind: WholeForRange, Step: step.ID,
				Sentence: "the client asked for the whole object, of which its caller wants a range",
				Evidence: evidence.Last(records, evidence.InStep("")),
			}
		}
	}
	return nil
}

// falseConflict finds a conditional write that failed because the client's own first attempt had
// taken effect: its response was lost, and S3 refused the next attempt with 412. A lookup would
// show the client its own content. falseConflict says nothing if another step wrote to the key or
// to the source of a copy, or if a fault struck after the refusal.
func (j *judge) falseConflict(step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record) *Finding {
	if step.Outcome != script.Failure || step.ErrorCode != "PreconditionFailed" {
		return nil
	}
	var own, refusal *faultproxy.Record
	for i := range records {
		r := &records[i]
		switch {
		case refusal != nil && len(r.Firings()) > 0:
			return nil
		case r.Status == http.StatusPreconditionFailed && len(r.Firings()) == 0 && own != nil &&
			r.Identity == own.Identity && own.End <= r.At:
			refusal = r
		case r.Committed && r.Key != "" && r.Method != http.MethodDelete && !confirmed(r):
			own = r
		}
	}
	if refusal == nil || j.writtenByOthers(step.ID, own.Bucket, own.Key, own.At-1) {
		return nil
	}
	if from := sourceOf(declared); from != nil && j.writtenByOthers(step.ID, from.Bucket, from.Key, step.Start) {
		return nil // the copy is conditional on its source too
	}
	return &Finding{
		Kind: FalseConflict, Step: step.ID,
		Sentence: fmt.Sprintf("the client failed with 412, although it was its own first %s that had taken effect",
			own.Operation),
		Evidence: evidence.Last(records, evidence.InStep("")),
	}
}

// sourceOf returns the object that a step copies or moves, and nil for another step.
func sourceOf(s *script.Step) *script.CopySource {
	switch {
	case s.Copy != nil:
		return &s.Copy.From
	case s.Move != nil:
		return &s.Move.From
	}
	return nil
}

// writtenByOthers reports whether a request of another step may have changed the key after since.
func (j *judge) writtenByOthers(step, bucket, key string, since time.Duration) bool {
	return slices.ContainsFunc(j.result.Journal, func(r faultproxy.Record) bool {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		named := evidence.About(r, bucket, key) || r.Bucket == bucket && r.Key == "" && len(r.Deletes) == 0
		return !reads && r.Step != step && named && (!r.Done || r.End > since)
	})
}
