// Gohunt hunts a Go client of S3 as it ships: minio-go, aws-sdk-go (the AWS SDK for Go before v2)
// or s3manager, which is that SDK with its package for transfers. It is `chaos hunt` with their own
// transports, limits and retry policies.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/bench/realclients/goclients"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/search"
	"github.com/s3chaos/s3chaos/scenarios/hunt/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var h hunter
	flag.Uint64Var(&h.Seed, "seed", 1, "seed that draws the scripts")
	flag.IntVar(&h.Runs, "runs", 3000, "number of scripts; 0 means no limit")
	flag.DurationVar(&h.For, "for", 0, "end the hunt after this real time; 0 means no limit")
	flag.StringVar(&h.out, "out", "", "write the findings into this folder")
	flag.StringVar(&h.baseline, "baseline", "", "do not show the findings in this file")
	playing := flag.Bool("worker", false, "play the scripts on standard input")
	flag.Parse()
	err := goclients.Isolate()
	switch {
	case err != nil:
	case *playing:
		err = worker.Serve(context.WithoutCancel(ctx), os.Stdin, os.Stdout, player)
	default:
		err = h.hunt(ctx, flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gohunt:", err)
		os.Exit(1)
	}
}

// player returns the player of a client as it ships, or of the built-in one.
func player(client string, lying bool) *hunt.Player {
	p := &hunt.Player{Client: client, Lying: lying}
	if own := goclients.All()[client]; own != nil {
		p.New, p.OwnPolicy = own, true
	}
	return p
}

// A hunter is the configuration of a hunt with where its findings go.
type hunter struct {
	search.Config
	out, baseline string
}

func (h *hunter) hunt(ctx context.Context, client string) error {
	if goclients.All()[client] == nil {
		names := strings.Join(slices.Sorted(maps.Keys(goclients.All())), ", ")
		return fmt.Errorf("client %q: want one of %s", client, names)
	}
	if err := h.known(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	pool := &worker.Pool{Command: func() *exec.Cmd { return exec.Command(self, "-worker") }}
	defer pool.Close()
	h.Player, h.Builtin = pool.With(client, false), pool.With("builtin", false)
	h.Name, h.Unrepeatable = client, client != "minio-go"
	began, played := time.Now(), 0
	h.Each = func(s *search.Script) error {
		if played++; len(s.Found) > 0 || played%500 == 0 {
			fmt.Fprintf(os.Stderr, "gohunt: %d scripts in %v\n", played, time.Since(began).Round(time.Second))
		}
		return nil
	}
	found, err := search.Run(ctx, h.Config)
	if err == nil && h.out != "" {
		err = found.WriteFiles(h.out)
	}
	if err != nil {
		return err
	}
	fmt.Println(client, goclients.Version(client))
	return found.Text(os.Stdout)
}

// known reads the baseline.
func (h *hunter) known() error {
	if h.baseline == "" {
		return nil
	}
	file, err := os.Open(h.baseline)
	if err != nil {
		return err
	}
	defer file.Close()
	h.Known, err = search.ReadBaseline(file)
	return err
}
