package hunt

import (
	"fmt"
	"reflect"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file finds clients that begin an upload anew although they could go on with it.

// resumed finds a part that a resume step sends again although S3 has confirmed it in the upload
// that the step goes on with. It says nothing of a step in which a request fails: the upload may be
// gone, or its parts may not be known.
func (j *judge) resumed(step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record) *Finding {
	before := j.interrupted(declared)
	if before == nil {
		return nil
	}
	for i := range records {
		if !confirmed(&records[i]) {
			return nil
		}
	}
	kept := make(map[int]bool)
	for _, r := range j.recordsOf(before.ID) {
		if r.Operation != "UploadPart" && !confirmed(&r) {
			return nil // the upload may be another one than the client knows
		}
		if r.Operation == "UploadPart" {
			kept[r.Part] = kept[r.Part] || confirmed(&r)
		}
	}
	for _, r := range records {
		if r.Operation == "UploadPart" && kept[r.Part] {
			return &Finding{
				Kind: SentAgain, Step: step.ID,
				Sentence: fmt.Sprintf("the client sent part %d again, which S3 has confirmed before", r.Part),
				Evidence: evidence.Last(records, evidence.InStep("")),
			}
		}
	}
	return nil
}

// interrupted returns the upload that a resume step goes on with. It returns nil for another step,
// and if the two steps or the files between them differ, so that the client has to begin anew.
func (j *judge) interrupted(resume *script.Step) *script.Step {
	if resume.Resume == nil || len(j.scenario.ChangeFile) > 0 {
		return nil
	}
	for i := range j.scenario.Steps {
		s := &j.scenario.Steps[i]
		if s.ID == resume.ID {
			return nil
		}
		if s.Upload != nil && s.Upload.ResumeFile == resume.Resume.ResumeFile {
			if i+1 < len(j.scenario.Steps) && j.scenario.Steps[i+1].ID == resume.ID && alike(s.Upload, resume.Resume) {
				return s
			}
			return nil
		}
	}
	return nil
}

// alike reports whether two uploads are about the same object, so that one can go on with the
// other.
func alike(a, b *script.Upload) bool {
	return a.Bucket == b.Bucket && a.Key == b.Key && a.From == b.From && a.Condition == b.Condition &&
		reflect.DeepEqual(a.WriteOptions, b.WriteOptions)
}

// confirmed reports whether the client received the whole success of a request that no fault
// struck.
func confirmed(r *faultproxy.Record) bool {
	return r.Ended == journal.EndComplete && r.Status >= 200 && r.Status < 300 && len(r.Firings()) == 0
}
