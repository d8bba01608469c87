package hunt

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file finds requests that a client need not send: one that S3 has refused for good, and one
// for more than the caller wants.

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
		if r.Ended == journal.EndComplete && r.Status/100 == 4 && slices.Contains(finalCodes, r.ErrorCode) {
			refused[r.Identity] = r
		}
	}
	return nil
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
