package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
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
func (h *search) follow(t *turn, f *hunt.Finding) (found *Found, known bool, err error) {
	if h.known.hasCoarse(f) {
		return nil, true, nil
	}
	small, err := h.shrink(t.script, f)
	switch {
	case h.ctx.Err() != nil && err != nil:
		return nil, false, nil //nolint:nilerr // an interrupted search says nothing of the finding
	case errors.Is(err, shrink.ErrNotShown):
		return nil, false, fmt.Errorf("script %d: not reproducible: %s", t.number, f.Sentence)
	case err != nil:
		return nil, false, fmt.Errorf("script %d: %w", t.number, err)
	}
	ctx := context.WithoutCancel(h.ctx) // a finding that is already small is told to its end
	o := h.find(ctx, small.Scenario)
	for i := range o.Findings {
		shown := &o.Findings[i]
		if signOf(shown) != signOf(f) {
			continue
		}
		if h.known.isKnown(f, shown, small.Scenario) {
			return nil, true, nil
		}
		found = &Found{
			Finding: *shown, Type: "found", Coarse: shown.Coarse(), Fine: fineOf(shown, small.Scenario.Faults),
			Client: h.name(), Number: t.number, Drills: small.Drills, Whole: small.Whole, result: o.Result,
		}
		return found, false, h.finish(ctx, found, small)
	}
	return nil, false, fmt.Errorf("script %d: not reproducible: %s", t.number, f.Sentence)
}

// shrink returns the smallest script with the finding. It plays each candidate once and the result
// three times. If those plays differ, it shrinks again with three plays of each candidate.
func (h *search) shrink(s *script.Scenario, f *hunt.Finding) (*shrink.Result, error) {
	sign, drills := signOf(f), h.Drills
	if f.Kind == hunt.Endless && (drills == 0 || drills > endlessDrills) {
		drills = endlessDrills
	}
	quick, err := shrink.Shrink(h.ctx, s, sign, h.see, shrink.Options{Drills: drills, Confirm: 1})
	if err != nil {
		return nil, err
	}
	sure, err := shrink.Shrink(h.ctx, quick.Scenario, sign, h.see, shrink.Options{Drills: 1})
	if err == nil {
		sure.Drills += quick.Drills
		sure.Whole = quick.Whole
		return sure, nil
	}
	if h.ctx.Err() != nil {
		return nil, err
	}
	return shrink.Shrink(h.ctx, s, sign, h.see, shrink.Options{Drills: drills})
}

// endlessDrills bounds the plays that shrink a script whose drill does not end: each of them takes
// all the real time that a drill may take.
const endlessDrills = 40

// signOf is what must stay while a script shrinks: the kind of the finding and the operation.
func signOf(f *hunt.Finding) string { return string(f.Kind) + " " + f.Operation + f.Where }

// find plays a script, and counts the play.
func (h *search) find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	h.report.Drills++
	return h.Player.Find(ctx, s)
}

// see plays a script for package shrink.
func (h *search) see(ctx context.Context, s *script.Scenario) (shrink.Seen, error) {
	o := h.find(ctx, s)
	switch {
	case o.Result.Interrupted():
		return shrink.Seen{}, context.Cause(ctx)
	case o.Unjudged != "":
		return shrink.Seen{}, errors.New(o.Unjudged)
	}
	for _, f := range o.Result.Faults {
		if f.Unmet != "" {
			return shrink.Seen{}, nil // chaos run would call the drill vacuous
		}
	}
	seen := shrink.Seen{Hash: o.Result.JournalSHA256}
	if h.Unrepeatable {
		seen.Hash = ""
	}
	for i := range o.Findings {
		seen.Signs = append(seen.Signs, signOf(&o.Findings[i]))
	}
	return seen, nil
}

// result returns the result of a script for reports: its reasons are the findings.
func result(t *turn, o *hunt.Outcome, found []*Found, again bool) *scenarios.Result {
	r := *o.Result
	r.Number, r.ID, r.Name, r.File = t.number, fmt.Sprintf("hunt/%d", t.number), t.script.Name, ""
	r.Reasons, r.Notes, r.Quoted, r.Journal, r.Groups = nil, nil, nil, nil, nil
	switch {
	case len(found) > 0:
		own := found[0].result
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
