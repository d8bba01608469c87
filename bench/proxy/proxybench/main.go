// Proxybench compares faultproxy with other proxies and prints the tables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/bench/proxy"
)

func main() {
	proxy.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("proxybench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	opts := proxy.Options{Progress: stderr}
	flags.IntVar(&opts.Rounds, "rounds", 20, "number of rounds")
	flags.DurationVar(&opts.Slice, "slice", 200*time.Millisecond, "time of a contender and a workload in a round")
	contenders := flags.String("contenders", strings.Join(proxy.Contenders, ","), "contenders to compare, with commas")
	workloads := flags.String("workloads", "", "parts of workload names, with commas; empty means all")
	raw := flags.String("raw", "", "`file` for a line of every measurement, for benchstat")
	flags.StringVar(&opts.Profile, "profile", "", "contender to profile")
	flags.StringVar(&opts.ProfileTo, "profile-to", "cpu.pprof", "`file` for the profile")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	opts.Contenders = strings.Split(*contenders, ",")
	for _, w := range proxy.Workloads {
		named := func(part string) bool { return strings.Contains(w.Name, part) }
		if slices.ContainsFunc(strings.Split(*workloads, ","), named) {
			opts.Workloads = append(opts.Workloads, w)
		}
	}
	err := measure(ctx, opts, *raw, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "proxybench:", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, opts proxy.Options, raw string, stdout io.Writer) (err error) {
	if raw != "" {
		f, err := os.Create(raw)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		opts.Raw = f
	}
	results, err := proxy.Run(ctx, opts)
	if err != nil {
		return err
	}
	return results.Report(stdout)
}
