package main

// What run plays: the flags that select drills, and the plan that follows from them.

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// choice is the flags of run that select drills, and how they are played and shown.
type choice struct {
	seeds          string
	filter         suite.Filter
	shard          string
	jobs           int
	failFast       bool
	lastFailed     bool
	artifacts      string
	quiet, verbose bool
	watch          bool
}

func (c *choice) flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.seeds, "seeds", "", "play each drill once with each seed of `A..B`, as in 1..100")
	flags.StringSliceVar(&c.filter.Tags, "tags", nil,
		"play the drills that have one of these tags; !TAG leaves out those that have it")
	flags.StringSliceVar(&c.filter.Levels, "level", nil,
		"play the drills whose conformance block has one of these levels: must, should, info, own")
	flags.StringVar(&c.shard, "shard", "",
		"play only the part `i/n` of the drills, from 1/n to n/n; auto reads it from the variables of a\n"+
			"Kubernetes Indexed Job, a GitHub Actions matrix or GitLab CI")
	flags.BoolVar(&c.failFast, "fail-fast", false, "end the run at the first drill that fails, breaks or is vacuous")
	flags.BoolVar(&c.lastFailed, "last-failed", false,
		"play only what failed, broke or was vacuous in the last run in this folder")
	flags.IntVarP(&c.jobs, "jobs", "j", 0,
		"number of drills that run at once; 0 means the number of CPUs, or of programs what the machine can run")
	flags.IntVar(&c.jobs, "workers", 0, "the old name of --jobs")
	flags.Lookup("workers").Hidden = true
	flags.StringVar(&c.artifacts, "artifacts", "",
		"keep in `DIR` what explains each drill that did not pass: output, journal, work directory, scenario")
	flags.BoolVar(&c.watch, "watch", false,
		"play again what changes: a scenario's file, or a file beside it that it names; a signal ends that")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "show failures and the summary only")
	flags.BoolVarP(&c.verbose, "verbose", "v", false, "show every request of every drill")
}

// A plan is the drills that a run plays.
type plan struct {
	suite    suite.Suite
	shard    suite.Shard
	parts    []suite.Part
	failFast bool
	last     memory
}

// len returns the number of drills of this run: with a shard, those of the shard.
func (p *plan) len() int {
	n := 0
	for _, part := range p.parts {
		n += part.Len
	}
	return n
}

// header returns what the json format says of the run, so that chaos report can merge its shards.
func (p *plan) header(args []string, o scenarios.Options) report.Header {
	h := report.Header{
		Suite: strings.Join(args, " "), Seeds: p.suite.Seeds.String(), Drills: p.suite.Len(),
		Selection: p.suite.Digest("timeout "+o.Timeout.String(), fmt.Sprint("repeat ", o.Repeat),
			fmt.Sprint("style ", o.Style, " tls ", o.TLS, " slow ", o.Slow)),
	}
	if len(args) == 0 {
		h.Suite = "catalog"
	}
	if p.shard.Of > 0 {
		h.Shard = &report.Shard{Index: p.shard.Index, Of: p.shard.Of}
	}
	return h
}

// plan loads the scenarios and selects the drills, of the scenarios that wanted accepts. It returns
// nil without an error if the last run, or wanted, leaves nothing to play.
func (c *choice) plan(
	cmd *cobra.Command, args, clients []string, o scenarios.Options, wanted func(*scenarios.Scenario) bool,
) (*plan, error) {
	p := &plan{failFast: c.failFast}
	var err error
	if p.shard, err = suite.ParseShard(c.shard, os.LookupEnv); err != nil {
		return nil, fmt.Errorf("--shard: %w", err)
	}
	p.suite.Clients = clients
	if p.suite.Seeds, err = c.seedsOf(o); err != nil {
		return nil, fmt.Errorf("--seeds: %w", err)
	}
	p.last, err = newMemory(args, c.lastFailed)
	if err != nil {
		return nil, fmt.Errorf("--last-failed: %w", err)
	}
	if c.lastFailed {
		if p.last.before == nil || len(p.last.before.Failed) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "the last run in this folder left no failure")
			return nil, err
		}
		args = p.last.recall(args, &p.suite)
	}
	list, err := selected(cmd, args)
	if err != nil {
		return nil, err
	}
	if p.suite.Scenarios, err = c.filter.Apply(list); err != nil {
		return nil, err
	}
	p.suite.Scenarios = slices.DeleteFunc(p.suite.Scenarios, func(s *scenarios.Scenario) bool { return !wanted(s) })
	if len(p.suite.Scenarios) == 0 {
		return nil, nil
	}
	if c.lastFailed {
		p.suite.Keep(p.last.before.Keeps())
		if p.suite.Len() == 0 {
			return nil, errors.New("--last-failed: no drill that failed in the last run is selected")
		}
	}
	p.last.of(args, &p.suite)
	warn(cmd, p.suite.Scenarios)
	p.parts = p.suite.Parts(p.shard)
	return p, nil
}

// seedsOf returns the seeds of --seeds or --seed.
func (c *choice) seedsOf(o scenarios.Options) (suite.Seeds, error) {
	switch {
	case c.seeds != "":
		return suite.ParseSeeds(c.seeds)
	case o.Seed != nil:
		return suite.Seeds{First: *o.Seed, Last: *o.Seed}, nil
	}
	return suite.Seeds{}, nil
}
