package sweep

import (
	"context"
	"errors"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// programDrills bounds the plays that make the script of a program small: they take real time.
const programDrills = 40

// WriteFiles writes a scenario file and a Go test for each finding into the directory, which it
// creates. The file states the finding, so that `chaos run FILE` passes as long as the client has
// the flaw. With small, the file is the smallest that shows the finding.
func (r *Report) WriteFiles(ctx context.Context, dir string, p *hunt.Player, small bool) error {
	var all []*found.Found
	var names found.Names
	for _, f := range r.Found {
		is, err := f.file(ctx, p, small, names.Of(f.Coarse()))
		if err != nil {
			return err
		}
		f.Small = is
		all = append(all, is)
	}
	return found.Write(dir, all)
}

// file returns the finding with its script. A program becomes the client of the script, if its
// commands show the finding, too: such a script needs no adapter.
func (f *Found) file(ctx context.Context, p *hunt.Player, small bool, name string) (*found.Found, error) {
	d := f.Drill
	s, err := script.Parse(d.Workload+".yaml", d.text)
	if err != nil {
		return nil, err
	}
	finder := &found.Finder{Player: p}
	is := found.AsItIs(&f.Finding, d.Findings, d.text, d.Result)
	if p.Program() {
		if own, text := asProgram(ctx, p, s, &f.Finding); own != nil {
			p, s = own.player, own.scenario
			finder.Player, is = p, found.AsItIs(own.finding, own.all, text, own.result)
		} else {
			finder.Foreign = p.Client
		}
	}
	if s.Client.Run != nil || p.Program() {
		finder.Unrepeatable, finder.Drills = true, programDrills
	}
	if small && d.Fault != "" { // without a fault, nothing can be blamed on what is left out
		smallest, from, err := finder.Smallest(ctx, s, &is.Finding)
		switch {
		case err == nil:
			is, s = smallest, from
		case ctx.Err() == nil && !errors.Is(err, shrink.ErrNotShown):
			return nil, err
		}
	}
	is.Name = name
	return is, finder.State(ctx, is, s)
}

// played is a finding that a program shows.
type played struct {
	player   *hunt.Player
	scenario *script.Scenario
	finding  *hunt.Finding
	all      []hunt.Finding
	result   *scenarios.Result
}

// asProgram plays a scenario with the program of the player as the client of the file. It returns
// nil if the program cannot do the work in one command, or does not show the finding so.
func asProgram(ctx context.Context, p *hunt.Player, s *script.Scenario, f *hunt.Finding) (*played, []byte) {
	w, err := (&Workload{Name: s.Name, Scenario: s}).Program(p.Client)
	if err != nil {
		return nil, nil
	}
	text, err := w.Scenario.Marshal()
	if err != nil {
		return nil, nil
	}
	own := &hunt.Player{Lying: p.Lying, Programs: true}
	if err := own.Prepare(ctx); err != nil {
		return nil, nil
	}
	o := own.Find(ctx, w.Scenario)
	for i := range o.Findings {
		if found.Sign(&o.Findings[i]) == found.Sign(f) {
			return &played{own, w.Scenario, &o.Findings[i], o.Findings, o.Result}, text
		}
	}
	return nil, nil
}
