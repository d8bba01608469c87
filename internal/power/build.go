package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

const module = "github.com/s3chaos/s3chaos"

// A build is the instrumented copy of the packages and what was built of it.
type build struct {
	dir      string
	packages []*mutation.Package
	catalog  string            // this command, which plays the catalog
	tests    map[string]string // the test binary of each package, by import path
}

// newBuild instruments the packages and builds each program once. Programs that dir already has are
// kept.
func newBuild(ctx context.Context, dir string, names []string) (*build, error) {
	var paths []string
	for _, name := range names {
		paths = append(paths, path.Join(module, name))
	}
	packages, err := mutation.Load(ctx, ".", paths...)
	if err != nil {
		return nil, err
	}
	overlay, err := mutation.Overlay(dir, packages)
	if err != nil {
		return nil, err
	}
	b := &build{dir: dir, packages: packages, catalog: filepath.Join(dir, "catalog"), tests: map[string]string{}}
	err = compile(ctx, b.catalog, "build", "-overlay", overlay, "-o", b.catalog, module+"/internal/power")
	for _, p := range packages {
		test := filepath.Join(dir, path.Base(p.Path)+".test")
		b.tests[p.Path] = test
		if err == nil {
			err = compile(ctx, test, "test", "-c", "-vet=off", "-overlay", overlay, "-o", test, p.Path)
		}
	}
	return b, err
}

func compile(ctx context.Context, made string, args ...string) error {
	if _, err := os.Stat(made); err == nil {
		return nil
	}
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
