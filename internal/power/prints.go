package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A print is a short hash of everything that an outcome depends on. An outcome with another print
// is out of date and is not used. A changed drill changes its own print only.

// enginePrint returns the print of what all drills share: the packages that play them, the mutants
// and the Go version.
func enginePrint(ctx context.Context, packages string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,GoFiles,EmbedFiles,Standard,Module",
		module+"/scenarios", module+"/internal/mutation")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	h := sha256.New()
	fmt.Fprintln(h, packages, runtime.Version())
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Standard            bool
			Module              *struct {
				Version, GoVersion string
				Main               bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return short(h.Sum(nil)), nil
		} else if err != nil {
			return "", fmt.Errorf("go list: %w", err)
		}
		if p.Standard || p.Module == nil {
			continue
		}
		if !p.Module.Main {
			fmt.Fprintln(h, p.Module.Version)
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			if strings.HasSuffix(p.Dir, "/catalog") && strings.HasSuffix(name, ".yaml") {
				continue // see drillPrint
			}
			if err := hashFile(h, filepath.Join(p.Dir, name)); err != nil {
				return "", err
			}
		}
	}
}

// drillPrint returns the print of one drill.
func drillPrint(engine string, s *scenarios.Scenario) (string, error) {
	entry, err := scenarios.Find(s.ID)
	if err != nil {
		return "", err
	}
	text, err := entry.Text()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(engine + s.ID + "\n" + string(text)))
	return short(sum[:]), nil
}

// testsPrint returns the print of a package's tests: of their program and of what they read.
func testsPrint(program, dir string) (string, error) {
	h := sha256.New()
	if err := hashFile(h, program); err != nil {
		return "", err
	}
	err := filepath.WalkDir(filepath.Join(dir, "testdata"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return hashFile(h, path)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return short(h.Sum(nil)), nil
}

func hashFile(h io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintln(h, filepath.Base(path), len(text))
	_, err = h.Write(text)
	return err
}

func short(sum []byte) string { return hex.EncodeToString(sum[:6]) }
