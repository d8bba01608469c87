package hunt

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file finds clients with more sends than attempts: a second loop around or below the first.

// A try is what all sends of one attempt have in common, as an SDK's headers say.
type try struct{ identity, invocation, number string }

// tryOf returns the try of a request. Its number is empty for a client without such headers.
func tryOf(r *faultproxy.Record) try {
	return try{r.Identity, r.InvocationID, r.RequestHeader["Amz-Sdk-Request"]}
}

// notMultiplied finds a request with more attempts than the policy allows. The transport may send
// an attempt twice if the connection that it reused was dead.
func (j *judge) notMultiplied(step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record) *Finding {
	most := j.attempts(declared)
	if most == 0 {
		return nil
	}
	builtin := j.scenario.Client.Builtin
	parallel := builtin != nil && builtin.DownloadConcurrency > 1
	seen, count, tails := make(map[try]bool), make(map[string]int), make(map[place][]tail)
	for _, r := range records {
		t := tryOf(&r)
		if t.number != "" && seen[t] || r.Kind != faultproxy.KindExchange {
			continue
		}
		seen[t] = true
		if declared.Move != nil && r.Operation == "HeadObject" {
			continue // a move looks at its objects for several reasons, each a call of its own
		}
		if declared.Move != nil && r.Status == http.StatusNotImplemented {
			count[r.Identity] = 0 // the request that follows is another one: without the condition
			continue
		}
		if r.Operation == "GetObject" && count[r.Identity] == 0 {
			// A client that goes on at a later byte has moved, and may begin to count anew.
			own, object := tailOf(&r), place{r.Bucket, r.Key}
			for _, other := range tails[object] {
				if !parallel || own.last == other.last {
					count[other.identity] = 0
				}
			}
			tails[object] = append(tails[object], own)
		}
		allowed := most
		if r.Operation == "AbortMultipartUpload" {
			// S3's reference of it: an upload part that is on its way may make another abort
			// necessary.
			allowed = 2 * most
		}
		if count[r.Identity]++; count[r.Identity] > allowed {
			return &Finding{
				Kind: Multiplied, Step: step.ID, Got: int64(total(records, r.Identity)), Most: int64(allowed),
				Sentence: fmt.Sprintf("the client sent %s %d times, but makes at most %d attempts",
					r.Operation, total(records, r.Identity), allowed),
				Evidence: evidence.Last(records, evidence.InStep("")),
			}
		}
	}
	return nil
}

type place struct{ bucket, key string }

// A tail is the range of a request up to its last byte, which is empty if the request does not name
// it. Of ranges that are fetched at the same time, a range that goes on where it was cut has the
// last byte in common with its first request.
type tail struct{ identity, last string }

func tailOf(r *faultproxy.Record) tail {
	_, last, _ := strings.Cut(r.Range, "-")
	return tail{r.Identity, last}
}

func total(records []faultproxy.Record, identity string) int {
	n := 0
	for _, r := range records {
		if r.Identity == identity {
			n++
		}
	}
	return n
}

// answeredOnce finds an attempt that the client sends again although the server has answered it.
// The transport may send an attempt again that has no response.
func (j *judge) answeredOnce(step *scenarios.StepResult, records []faultproxy.Record) *Finding {
	answered := make(map[try]*faultproxy.Record)
	for i := range records {
		r := &records[i]
		t := tryOf(r)
		if r.Kind != faultproxy.KindExchange || t.number == "" {
			continue
		}
		if first := answered[t]; first != nil && first.End <= r.At {
			return &Finding{
				Kind: Multiplied, Step: step.ID, Got: 2, Most: 1,
				Sentence: fmt.Sprintf("the client sent %s again within %s, although the response was %d",
					r.Operation, strings.TrimSpace(strings.Split(t.number, ";")[0]), first.Status),
				Evidence: evidence.Last(records, evidence.InStep("")),
			}
		}
		if answers(r) {
			answered[t] = r
		}
	}
	return nil
}

// answers reports whether a response settles its attempt: it is whole, and it says either that the
// server has done what it was asked for, or that the server cannot do it now. Other responses, such
// as a redirect or 417, ask for another send.
func answers(r *faultproxy.Record) bool {
	return confirmed(r) || r.Ended == journal.EndComplete && slices.Contains(transientStatuses, r.Status)
}
