package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	print    string            // of the source: traces of another source are not used
	catalog  string            // this command, which plays the catalog
	tests    map[string]string // the test binary of each package, by import path
}

// newBuild instruments the packages and builds each program once. The go command keeps what has not
// changed.
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
	err = compile(ctx, "build", "-overlay", overlay, "-o", b.catalog, module+"/internal/power")
	for _, p := range packages {
		test := filepath.Join(dir, path.Base(p.Path)+".test")
		b.tests[p.Path] = test
		if err == nil {
			err = compile(ctx, "test", "-c", "-vet=off", "-overlay", overlay, "-o", test, p.Path)
		}
	}
	if err != nil {
		return nil, err
	}
	b.print, err = fingerprint(b.catalog, packages)
	return b, err
}

// fingerprint returns a name for what the traces of the build depend on.
func fingerprint(catalog string, packages []*mutation.Package) (string, error) {
	program, err := os.ReadFile(catalog)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write(program)
	for _, p := range packages {
		tests, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
		if err != nil {
			return "", err
		}
		for _, file := range tests {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			h.Write(text)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func compile(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
