// Package browsertest runs the scripts of tests that drive Chromium. [Command] returns the command
// of a script, or skips the test if S3CHAOS_BROWSER is not set.
package browsertest

import (
	"cmp"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// Command returns the command `node SCRIPT MODULES CHROMIUM ARG...`. MODULES is the folder in which
// a make word has installed playwright-core, and CHROMIUM is the browser, which the variable
// CHROMIUM may name. The test is skipped if S3CHAOS_BROWSER does not name the folder.
func Command(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	modules := os.Getenv("S3CHAOS_BROWSER")
	if modules == "" {
		t.Skip("takes a browser and half a minute: make har-browser and make report-browser run it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no browser to run the script in: ", err)
	}
	chromium, err := exec.LookPath(cmp.Or(os.Getenv("CHROMIUM"), "chromium"))
	if err != nil {
		t.Skip("no browser to run the script in: ", err)
	}
	return exec.CommandContext(t.Context(), node, slices.Concat([]string{script, modules, chromium}, args)...)
}
