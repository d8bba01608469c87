package main

// The flags of run about the clients of other makers: how they are addressed, how long they may
// take, and which of their failures are known.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/s3chaos/s3chaos/scenarios"
)

// clientFlags are the values of these flags.
type clientFlags struct {
	names  []string
	style  string
	tls    bool
	slow   bool
	budget time.Duration
	known  string
}

func (f *clientFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.names, "client", nil,
		"client of every drill that has steps, repeatable: builtin, sdk, sdk:standard, sdk:adaptive, sdk:off, a\n"+
			"NAME that chaos clients lists, the path of an adapter, or 'run:COMMAND', a line for a shell")
	flags.StringVar(&f.style, "style", string(scenarios.PathStyle),
		"addresses of buckets: `path` (host/bucket) or virtual (bucket.host)")
	flags.BoolVar(&f.tls, "tls", false, "let the endpoint speak TLS")
	flags.BoolVar(&f.slow, "slow", false, "play the drills that take minutes with a program, with its own back-offs")
	flags.DurationVar(&f.budget, "budget", 0,
		"real time for all programs together; drills that do not fit are skipped; 0 means no bound")
	flags.StringVar(&f.known, "known", "", "YAML `FILE` with the known failures of clients, which do not fail the run")
}

// apply checks the flags and sets the options.
func (f *clientFlags) apply(o *scenarios.Options) error {
	for _, client := range f.names {
		if err := checkClient(client); err != nil {
			return err
		}
	}
	o.Style, o.TLS, o.Slow, o.Budget = scenarios.Style(f.style), f.tls, f.slow, f.budget
	switch {
	case o.Style != scenarios.PathStyle && o.Style != scenarios.VirtualStyle:
		return fmt.Errorf("--style %q: want path or virtual", f.style)
	case f.budget < 0:
		return fmt.Errorf("--budget %s: want 0 or more", f.budget)
	case f.known == "":
		return nil
	}
	data, err := os.ReadFile(f.known)
	if err != nil {
		return fmt.Errorf("--known: %w", err)
	}
	o.Known, err = scenarios.ParseKnown(f.known, data)
	return err
}

// checkClient checks the value of a flag --client that is set.
func checkClient(name string) error {
	if name == "" {
		return errors.New("--client \"\": want a client\n" +
			"  hint: chaos clients lists them; without the flag each file has its own")
	}
	if err := scenarios.CheckClient(name); err != nil {
		return fmt.Errorf("--client: %w", err)
	}
	return nil
}

// rememberDurations lets a run with programs know how long drills of programs took before. It
// returns a function that writes what was learned. Where the system has no folder for it, nothing
// is remembered: only the order of the next run depends on it.
func rememberDurations(o *scenarios.Options, programs bool, stderr io.Writer) (save func()) {
	dir, err := os.UserCacheDir()
	if err != nil || !programs {
		return func() {}
	}
	o.Durations, err = scenarios.LoadDurations(filepath.Join(dir, "s3chaos", "durations.json"))
	if err != nil {
		fmt.Fprintf(stderr, "chaos: %v\n", err)
	}
	durations := o.Durations
	return func() {
		if err := durations.Save(); err != nil {
			fmt.Fprintf(stderr, "chaos: %v\n", err)
		}
	}
}

// A clientTally counts what the end of a run says about clients.
type clientTally struct{ unfit, known, gone int }

func (t *clientTally) add(r *scenarios.Result) {
	switch {
	case r.Unfit:
		t.unfit++
	case r.Known != nil && r.Verdict == scenarios.Pass:
		t.gone++
	case r.Known != nil:
		t.known++
	}
}

func (t *clientTally) write(stderr io.Writer, budget time.Duration) {
	if t.unfit > 0 {
		fmt.Fprintf(stderr, "chaos: %d drills did not fit into the budget of %v\n", t.unfit, budget)
	}
	if t.known > 0 {
		fmt.Fprintf(stderr, "chaos: %d known failures\n", t.known)
	}
	if t.gone > 0 {
		fmt.Fprintf(stderr, "chaos: %d known failures no longer fail\n", t.gone)
	}
}
