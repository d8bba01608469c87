package found

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Found is a finding with the smallest script that shows it.
type Found struct {
	hunt.Finding
	Name   string `json:"name"`   // for files, as in "lost-write-putobject-respond"
	Script string `json:"script"` // the scenario file
	Drills int    `json:"drills"` // plays that shrank it
	Whole  bool   `json:"whole"`  // nothing more can be left out

	// Builtin is what this project's own client makes of the script: "passes it", or what it does.
	// Empty: it was not asked.
	Builtin string `json:"builtin,omitempty"`
	// Note says why `chaos run` does not pass the script although the client has the flaw. Empty:
	// it passes.
	Note string `json:"note,omitempty"`
	// File is the path of the script, if [Write] wrote it.
	File string `json:"file,omitempty"`

	// Result is that of the smallest script.
	Result *scenarios.Result `json:"-"`

	plain string      // the script without the statement of the finding
	kinds []hunt.Kind // of all that the client does wrong in the script
}

// AsItIs returns a finding with the script in which it was found. all are the findings of that
// script. Without a result, the file cannot state findings that are not the oracle's.
func AsItIs(f *hunt.Finding, all []hunt.Finding, text []byte, r *scenarios.Result) *Found {
	is := &Found{Finding: *f, Result: r, plain: string(text)}
	for i := range all {
		if k := all[i].Kind; !slices.Contains(is.kinds, k) {
			is.kinds = append(is.kinds, k)
		}
	}
	return is
}

// A Player plays scripts, as [hunt.Player] does.
type Player interface {
	// Find plays a script as [hunt.Player.Find] does.
	Find(ctx context.Context, s *script.Scenario) *hunt.Outcome
	// Run plays a script as it stands, with its expectations.
	Run(ctx context.Context, s *script.Scenario) *scenarios.Result
}

// A Finder makes findings small. The zero value of every other field than Player works.
type Finder struct {
	Player Player
	// Builtin plays the smallest script with this project's own client, to tell whether that passes
	// it. Nil: it is not asked.
	Builtin Player
	// Drills bounds the plays that shrink one finding. 0: as many as [shrink.Options] says.
	Drills int
	// Unrepeatable means that plays of the same script have different journals. They are then
	// compared by their findings alone.
	Unrepeatable bool
	// Foreign is the client of Player if a file cannot declare it. The files then say so, and are
	// not played as they stand. Empty: the files declare their client.
	Foreign string
	// Played is called with each play. Nil: it is not called.
	Played func()
}

// Sign is what must stay while a script shrinks: the kind of the finding and the operation.
func Sign(f *hunt.Finding) string { return string(f.Kind) + " " + f.Operation + f.Where }

// Smallest returns the finding as the smallest script shows it, with that script. The error is a
// [shrink.ErrNotShown] if the finding does not come again. A finding that is small is told to its
// end, also if ctx has ended.
func (f *Finder) Smallest(
	ctx context.Context, s *script.Scenario, of *hunt.Finding,
) (*Found, *script.Scenario, error) {
	small, err := f.shrink(ctx, s, of)
	if err != nil {
		return nil, nil, err
	}
	o := f.find(context.WithoutCancel(ctx), small.Scenario)
	for i := range o.Findings {
		if shown := &o.Findings[i]; Sign(shown) == Sign(of) {
			is := AsItIs(shown, o.Findings, small.YAML, o.Result)
			is.Drills, is.Whole = small.Drills, small.Whole
			return is, small.Scenario, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: %s", shrink.ErrNotShown, Sign(of))
}

// endlessDrills bounds the plays that shrink a script whose drill does not end: each of them takes
// all the real time that a drill may take.
const endlessDrills = 40

// shrink returns the smallest script with the finding. It plays each candidate once and the result
// three times. If those plays differ, it shrinks again with three plays of each candidate.
func (f *Finder) shrink(ctx context.Context, s *script.Scenario, of *hunt.Finding) (*shrink.Result, error) {
	sign, drills := Sign(of), f.Drills
	if of.Kind == hunt.Endless && (drills == 0 || drills > endlessDrills) {
		drills = endlessDrills
	}
	quick, err := shrink.Shrink(ctx, s, sign, f.see, shrink.Options{Drills: drills, Confirm: 1})
	if err != nil {
		return nil, err
	}
	sure, err := shrink.Shrink(ctx, quick.Scenario, sign, f.see, shrink.Options{Drills: 1})
	if err == nil {
		sure.Drills += quick.Drills
		sure.Whole = quick.Whole
		return sure, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	return shrink.Shrink(ctx, s, sign, f.see, shrink.Options{Drills: drills})
}

// find plays a script, and counts the play.
func (f *Finder) find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	f.played()
	return f.Player.Find(ctx, s)
}

func (f *Finder) played() {
	if f.Played != nil {
		f.Played()
	}
}

// see plays a script for package shrink.
func (f *Finder) see(ctx context.Context, s *script.Scenario) (shrink.Seen, error) {
	o := f.find(ctx, s)
	switch {
	case o.Result.Interrupted():
		return shrink.Seen{}, context.Cause(ctx)
	case o.Unjudged != "":
		return shrink.Seen{}, errors.New(o.Unjudged)
	}
	for _, fault := range o.Result.Faults {
		if fault.Unmet != "" {
			return shrink.Seen{}, nil // chaos run would call the drill vacuous
		}
	}
	seen := shrink.Seen{Hash: o.Result.JournalSHA256}
	if f.Unrepeatable {
		seen.Hash = ""
	}
	for i := range o.Findings {
		seen.Signs = append(seen.Signs, Sign(&o.Findings[i]))
	}
	return seen, nil
}
