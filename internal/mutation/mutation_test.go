package mutation_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation"
	"github.com/s3chaos/s3chaos/internal/mutation/active"
)

const tiny = "github.com/s3chaos/s3chaos/internal/mutation/testdata/tiny"

// fates are the mutants of the tiny program and how the program ends with each.
const fates = `
main: removed: fmt.Println("start"): succeeded
main: removed: os.Exit(1): succeeded
sum: negated: n > 0: failed
sum: boundary moved: n > 0: failed
sum: removed: n--: hung
sum: removed: total += n: failed
larger: negated: a >= b: failed
larger: boundary moved: a >= b: succeeded
refuse: && and || swapped: asked && dangerous: failed
refuse: left dropped: asked && dangerous: succeeded
refuse: right dropped: asked && dangerous: failed
refuse: error swallowed: err: failed
even: literal flipped: false: failed
even: literal flipped: true: failed
even: negated: n%2 == 1: failed
`

func TestProgramEndsDifferentlyWithItsMutants(t *testing.T) {
	program, p := buildTiny(t)
	ending, _, err := mutation.Run(t.Context(), program, 0)
	require.NoError(t, err)
	require.Equal(t, mutation.Succeeded, ending, "no mutant acts")

	wanted := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(fates)) {
		wanted[strings.TrimSpace(line)] = true
	}
	for _, m := range p.Mutants {
		if m.Func == "main" && m.Kind != mutation.Remove {
			continue // there are many, and all are alike
		}
		ending, out, err := mutation.Run(t.Context(), program, m.ID)
		require.NoError(t, err)
		fate := fmt.Sprintf("%s: %s: %s: %s", m.Func, m.Kind, m.Text, ending)
		require.True(t, wanted[fate], "%s\n%s", fate, out)
		delete(wanted, fate)
	}
	require.Empty(t, wanted)
}

// A program lists the mutants that it reached, so that only those are tried.
func TestTraceHoldsReachedMutants(t *testing.T) {
	program, p := buildTiny(t)
	file := filepath.Join(t.TempDir(), "reached")
	program.Env = []string{active.Trace + "=" + file}
	_, _, err := mutation.Run(t.Context(), program, 0)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	reached := "\n" + string(text)
	for _, m := range p.Mutants {
		if m.Kind == mutation.DropLeft || m.Kind == mutation.DropRight {
			continue // they are reached where they matter
		}
		exits := m.Text == "os.Exit(1)" // the program gets there with a mutant only
		require.Equal(t, !exits, strings.Contains(reached, fmt.Sprintf("\n%d\n", m.ID)), "%s", m)
	}
}

// buildTiny instruments and builds the tiny program.
func buildTiny(t *testing.T) (mutation.Program, *mutation.Package) {
	t.Helper()
	packages, err := mutation.Load(t.Context(), ".", tiny)
	require.NoError(t, err)
	dir := t.TempDir()
	overlay, err := mutation.Overlay(dir, packages)
	require.NoError(t, err)
	binary := filepath.Join(dir, "tiny")
	out, err := exec.Command("go", "build", "-overlay", overlay, "-o", binary, tiny).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return mutation.Program{Path: binary, Quiet: 2 * time.Second}, packages[0]
}

func TestInterruptedRunIsAnError(t *testing.T) {
	program, _ := buildTiny(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := mutation.Run(ctx, program, 0)
	require.ErrorIs(t, err, context.Canceled)
}

func TestMissingProgramIsAnError(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	_, _, err := mutation.Run(t.Context(), mutation.Program{Path: missing, Quiet: time.Minute}, 0)
	require.Error(t, err)
}

func TestSampleDependsOnSeedAndText(t *testing.T) {
	var list []*mutation.Mutant
	for i := range 100 {
		list = append(list, &mutation.Mutant{ID: i + 1, Func: "f", Kind: mutation.Negate, Text: fmt.Sprint(i)})
	}
	first := mutation.Sample(list, 10, 1)
	require.Len(t, first, 10)
	require.Equal(t, first, mutation.Sample(list, 10, 1))
	require.NotEqual(t, first, mutation.Sample(list, 10, 2))
	require.Equal(t, first, mutation.Sample(list, 20, 1)[:10], "a larger sample begins with the smaller one")
	require.Len(t, mutation.Sample(list, 1000, 1), 100)
}

// What a test saw stands at the end of its output.
func TestEndOfLongOutputIsKept(t *testing.T) {
	program := mutation.Program{
		Path: "/bin/sh", Args: []string{"-c", "yes 0123456789abcdef | head -c 5000000; echo end"}, Quiet: time.Minute,
	}
	ending, out, err := mutation.Run(t.Context(), program, 0)
	require.NoError(t, err)
	require.Equal(t, mutation.Succeeded, ending)
	require.Len(t, out, 1<<20)
	require.True(t, strings.HasSuffix(string(out), "end\n"))
}

func TestProgramThatPrintsForEverIsStopped(t *testing.T) {
	ending, _, err := mutation.Run(t.Context(), mutation.Program{
		Path: "/bin/sh", Args: []string{"-c", "yes"}, Quiet: time.Minute, Limit: 100 * time.Millisecond,
	}, 0)
	require.NoError(t, err)
	require.Equal(t, mutation.Hung, ending)
}
