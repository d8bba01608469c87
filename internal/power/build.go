package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

const module = "github.com/s3chaos/s3chaos"

// A build is the instrumented copy of the packages and what was built of it.
type build struct {
	packages []*mutation.Package
	engine   string           // see enginePrint
	catalog  string           // this command, which plays the catalog
	tests    map[string]suite // by import path
}

// A suite is the tests of a package.
type suite struct {
	program string
	dir     string // where the program runs
	print   string
}

// newBuild instruments the packages and builds each program once, in dir. The go command keeps what
// has not changed.
func newBuild(ctx context.Context, dir, list string) (*build, error) {
	var paths []string
	for name := range strings.SplitSeq(list, ",") {
		paths = append(paths, path.Join(module, name))
	}
	engine, err := enginePrint(ctx, list)
	if err != nil {
		return nil, err
	}
	packages, err := mutation.Load(ctx, ".", paths...)
	if err != nil {
		return nil, err
	}
	overlay, err := mutation.Overlay(dir, packages)
	if err != nil {
		return nil, err
	}
	b := &build{
		packages: packages, engine: engine, catalog: filepath.Join(dir, "catalog"), tests: map[string]suite{},
	}
	if err := compile(ctx, "build", "-overlay", overlay, "-o", b.catalog, module+"/internal/power"); err != nil {
		return nil, err
	}
	for _, p := range packages {
		t := suite{program: filepath.Join(dir, path.Base(p.Path)+".test"), dir: p.Dir}
		if err := compile(ctx, "test", "-c", "-vet=off", "-overlay", overlay, "-o", t.program, p.Path); err != nil {
			return nil, err
		}
		if t.print, err = testsPrint(t.program, p.Dir); err != nil {
			return nil, err
		}
		b.tests[p.Path] = t
	}
	return b, nil
}

func compile(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
