// Prose keeps the text of this module's Go files readable. It reflows comments, finds lines that
// are too long and phrases that may not come back, and draws comments for a review.
//
//	go run ./internal/prose -wrap PATH...
//	go run ./internal/prose -check PATH...
//	go run ./internal/prose -sample 100 -seed 7 PATH...
//
// A PATH is a Go file or a folder with all below it. Folders named testdata or vendor, folders that
// start with a dot or an underscore, and generated files are skipped.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// errFindings means that -check found something, and has printed it.
var errFindings = errors.New("findings")

// run returns the exit code: 0, 1 after findings, 2 for bad usage or a file that is not Go.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("prose", flag.ContinueOnError)
	flags.SetOutput(stderr)
	wrap := flags.Bool("wrap", false, "reflow the comments of the files")
	check := flags.Bool("check", false, "report long lines, unwrapped comments and forbidden phrases")
	sample := flags.Int("sample", 0, "print this `number` of comments, drawn by -seed")
	seed := flags.Uint64("seed", 1, "the `seed` of the draw")
	if err := flags.Parse(args); err != nil {
		return 2
	}

	err := errors.New("want -wrap, -check or -sample, and a path")
	paths := flags.Args()
	switch {
	case len(paths) == 0:
	case *wrap && !*check && *sample == 0:
		err = wrapAll(stdout, paths)
	case *check && !*wrap && *sample == 0:
		err = checkAll(stdout, paths)
	case *sample > 0 && !*wrap && !*check:
		err = sampleAll(stdout, paths, *sample, *seed)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return 1
	}
	fmt.Fprintf(stderr, "prose: %v\n", err)
	return 2
}
