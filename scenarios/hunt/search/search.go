package search

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Player plays scripts. A [hunt.Player] plays them in this process, where a panic in a goroutine
// of the client ends the search. A pool of package worker plays them in other processes. Its
// methods are called from several goroutines.
type Player = found.Player

// Config adjusts a search. The zero value of every other field than Player works.
type Config struct {
	Player Player // prepared
	// Builtin plays the smallest script of each finding with this project's own client, to tell
	// whether that passes it. Nil: the report does not tell.
	Builtin Player
	// Client is the client that the scripts declare: one of [scenarios.OwnClients]. Empty: builtin.
	Client string
	// Name is the name of the player's client in the report, if the scripts do not declare it.
	// Empty: Client.
	Name string
	// Unrepeatable means that plays of one script differ, because the client draws numbers of its
	// own. Plays are then alike if their findings are.
	Unrepeatable bool
	Seed         uint64 // draws the scripts
	// Runs is how many scripts all shards play together. 0: For alone bounds the search.
	Runs int
	// For bounds the search in real time. 0: Runs alone bounds it. With neither, the end of the
	// context does.
	For time.Duration
	// Index and Of are the shard, both from 1: it plays every Of-th script, from the Index-th on.
	// 0: all.
	Index, Of int
	Jobs      int // scripts at the same time; 0: one for each processor
	// Known are findings of earlier searches. They are counted, and not shown again. Nil: none.
	Known Baseline
	// Drills bounds the plays that shrink one finding. 0: as many as [shrink.Options] says.
	Drills int
	// Each is called with every script in order, never concurrently. Nil: it is not called.
	Each func(*Script) error
}

// A Script is one drawn script with what its play showed.
type Script struct {
	Number int // of the script in the search, from 1
	// Result is that of the play, with the findings as its reasons. If a finding is new, it is the
	// result of the smallest script. It has no journal without a new finding.
	Result *scenarios.Result
	Found  []*Found // the new findings
}

// Run searches until it has played all scripts or its time is over. The report is never nil. The
// error is one of Each. The end of the context ends the search without an error.
func Run(ctx context.Context, c Config) (*Report, error) {
	began := time.Now()
	playing, cancel := context.WithCancel(ctx)
	if c.For > 0 {
		playing, cancel = context.WithTimeout(ctx, c.For)
	}
	defer cancel()
	h := &search{Config: c, ctx: ctx, report: newReport(), known: newMemory(c.Known)}
	h.lacks = h.lacking(playing)
	h.finder = &found.Finder{
		Player: c.Player, Drills: c.Drills, Unrepeatable: c.Unrepeatable, Played: func() { h.report.Drills++ },
	}
	if h.name() != "builtin" {
		h.finder.Builtin = c.Builtin
	}
	var failed error
	for t := range h.turns(playing) {
		o := <-t.done
		if failed != nil || ctx.Err() != nil || o == nil || o.Result.Interrupted() {
			cancel()
			continue
		}
		if failed = h.judge(t, o); failed != nil {
			cancel()
		}
	}
	h.report.Wall = time.Since(began)
	return h.report, failed
}

// search is the state of one Run.
type search struct {
	Config
	ctx    context.Context
	report *Report
	known  *memory
	finder *found.Finder
	lacks  []string // what the client cannot do, see lacking
}

// lacking returns the operations and options that the client does not have. Scripts with them would
// be skipped.
func (h *search) lacking(ctx context.Context) (lacks []string) {
	for _, feature := range gen.Optional() {
		o := h.Player.Find(ctx, parse("probe.yaml", gen.Probe(feature, h.client())))
		if o.Result.Verdict == scenarios.Skip && !o.Result.Interrupted() {
			lacks = append(lacks, feature)
		}
	}
	return lacks
}

// parse reads a script of package gen.
func parse(file string, g *gen.Script) *script.Scenario {
	s, err := script.Parse(file, g.YAML())
	if err != nil {
		panic(fmt.Sprintf("%s: %v", g.Name, err)) // a mistake of package gen
	}
	return s
}

// A turn is a script that is played.
type turn struct {
	number int
	script *script.Scenario
	done   chan *hunt.Outcome // receives one outcome, nil if the script was not played
}

// ahead is how many scripts of each job may be played ahead of the script that is judged.
const ahead = 32

// turns starts to play the scripts and returns them in their order. The channel is closed after the
// last one, or after the end of ctx, when no play is left.
func (h *search) turns(ctx context.Context) <-chan *turn {
	jobs := h.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	order, work := make(chan *turn, jobs*ahead), make(chan *turn)
	var all sync.WaitGroup
	for range jobs {
		all.Go(func() {
			for t := range work {
				t.done <- h.Player.Find(ctx, t.script)
			}
		})
	}
	go func() {
		defer close(order)
		defer all.Wait()
		defer close(work)
		for n := max(1, h.Index); (h.Runs == 0 || n <= h.Runs) && ctx.Err() == nil; n += max(1, h.Of) {
			t := &turn{number: n, script: h.draw(n), done: make(chan *hunt.Outcome, 1)}
			select {
			case order <- t:
			case <-ctx.Done():
				return
			}
			select {
			case work <- t:
			case <-ctx.Done():
				t.done <- nil
			}
		}
	}()
	return order
}

// draw returns the n-th script of the search.
func (h *search) draw(n int) *script.Scenario {
	const golden = 0x9e3779b97f4a7c15 // spreads the numbers of a search over all seeds
	g := gen.Swarm(h.Seed*golden+uint64(n), h.client(), h.lacks...)
	return parse(fmt.Sprintf("script-%d.yaml", n), g)
}

// name returns the name of the client that is hunted.
func (h *search) name() string { return cmp.Or(h.Name, h.client()) }

func (h *search) client() string {
	return cmp.Or(h.Client, "builtin")
}
