package search

import (
	"errors"
	"fmt"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
)

// This file follows what the play of a script showed to its smallest script.

// judge counts a played script and follows its findings.
func (h *search) judge(t *turn, o *hunt.Outcome) error {
	h.report.Scripts++
	h.report.Drills++
	played := &Script{Number: t.number}
	again := false
	switch {
	case o.Result.Verdict == scenarios.Skip:
		h.report.Skipped++
	case o.Unjudged != "":
		h.report.Unjudged[o.Unjudged]++
	case o.Tainted != "":
		h.report.Tainted++
	}
	for i := range o.Findings {
		f, known, err := h.follow(t, &o.Findings[i])
		switch {
		case err != nil:
			h.report.Unjudged[err.Error()]++
			o.Unjudged = err.Error()
		case known:
			h.report.Again++
			again = true
		case f != nil:
			played.Found = append(played.Found, f)
			h.report.Found = append(h.report.Found, f)
		}
	}
	if h.Each == nil {
		return nil
	}
	played.Result = result(t, o, played.Found, again)
	return h.Each(played)
}

// follow shrinks a script that shows a finding. It returns nil, and whether the finding is known,
// unless the finding is new. The error says why the finding cannot be judged.
func (h *search) follow(t *turn, f *hunt.Finding) (is *Found, known bool, err error) {
	if h.known.hasCoarse(f) {
		return nil, true, nil
	}
	small, s, err := h.finder.Smallest(h.ctx, t.script, f)
	switch {
	case h.ctx.Err() != nil && err != nil:
		return nil, false, nil //nolint:nilerr // an interrupted search says nothing of the finding
	case errors.Is(err, shrink.ErrNotShown):
		return nil, false, fmt.Errorf("script %d: not reproducible: %s", t.number, f.Sentence)
	case err != nil:
		return nil, false, fmt.Errorf("script %d: %w", t.number, err)
	case h.known.isKnown(f, &small.Finding, s):
		return nil, true, nil
	}
	is = &Found{
		Type: "found", Coarse: small.Coarse(), Fine: fineOf(&small.Finding, s.Faults), Found: small,
		Client: h.name(), Number: t.number,
	}
	small.Name = h.report.names.Of(is.Coarse)
	return is, false, h.finder.State(h.ctx, small, s)
}

// result returns the result of a script for reports: its reasons are the findings.
func result(t *turn, o *hunt.Outcome, found []*Found, again bool) *scenarios.Result {
	r := *o.Result
	r.Number, r.ID, r.Name, r.File = t.number, fmt.Sprintf("hunt/%d", t.number), t.script.Name, ""
	r.Reasons, r.Notes, r.Quoted, r.Journal, r.Groups = nil, nil, nil, nil, nil
	switch {
	case len(found) > 0:
		own := found[0].Result
		r.Verdict, r.Name, r.Journal, r.Groups = scenarios.Fail, found[0].Name, own.Journal, own.Groups
		r.Steps, r.Faults, r.JournalSHA256, r.Elapsed = own.Steps, own.Faults, own.JournalSHA256, own.Elapsed
		r.Attempts, r.Sends, r.Waits, r.Requests = own.Attempts, own.Sends, own.Waits, own.Requests
		for _, f := range found {
			r.Reasons = append(r.Reasons, scenarios.Reason{
				Kind: string(f.Kind), Step: f.Step, Got: f.Sentence, Evidence: f.Evidence,
			})
		}
	case again:
		r.Verdict, r.Known = scenarios.Fail, &scenarios.KnownFailure{Reason: "an earlier script found it"}
		for _, f := range o.Findings {
			r.Reasons = append(r.Reasons, scenarios.Reason{Kind: string(f.Kind), Step: f.Step, Got: f.Sentence})
		}
	case o.Result.Verdict == scenarios.Skip:
		r.Reasons = o.Result.Reasons
	case o.Tainted != "":
		r.Verdict = scenarios.Skip
		r.Reasons = []scenarios.Reason{{Kind: "skip", Got: "the client is wrong without faults: " + o.Tainted}}
	case o.Unjudged != "":
		r.Verdict = scenarios.Error
		r.Reasons = []scenarios.Reason{{Kind: "harness", Got: o.Unjudged}}
	default:
		r.Verdict = scenarios.Pass
	}
	return &r
}
