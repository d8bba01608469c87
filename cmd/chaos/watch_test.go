package main

// What run --watch plays again. The tests wait for lines of the output, never for a time.

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// watched is a run with --watch in the background.
type watched struct {
	t              *testing.T
	stdout, stderr *lines
	interrupt      func()
	code           chan int
}

// startWatch runs chaos run --watch in a new working directory with these files.
func startWatch(t *testing.T, files map[string]string, args ...string) *watched {
	t.Setenv("HOME", t.TempDir())
	t.Chdir(t.TempDir())
	for name, text := range files {
		save(t, name, text)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	errs, stderr := io.Pipe()
	w := &watched{t, follow(out), follow(errs), interrupt, make(chan int, 1)}
	go func() {
		code := run(ctx, append([]string{"run", "--watch"}, args...), strings.NewReader(""), stdout, stderr)
		stdout.Close()
		stderr.Close()
		w.code <- code
	}()
	return w
}

// save puts a file in the place of an old one, as many editors do.
func save(t *testing.T, name, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	temporary := filepath.Join(t.TempDir(), "new")
	require.NoError(t, os.WriteFile(temporary, []byte(text), 0o600))
	later := time.Now().Add(time.Minute) // a file system may keep coarse times
	require.NoError(t, os.Chtimes(temporary, later, later))
	require.NoError(t, os.Rename(temporary, name))
}

// expect waits for these lines of standard output, one after the other, then for the end of the
// run.
func (w *watched) expect(patterns ...string) {
	w.t.Helper()
	for _, pattern := range patterns {
		_, err := w.stdout.wait(regexp.MustCompile(pattern), func(string) {})
		require.NoError(w.t, err, pattern)
	}
	w.idle()
}

func (w *watched) idle() {
	w.t.Helper()
	_, err := w.stderr.wait(regexp.MustCompile("waiting for changes"), func(string) {})
	require.NoError(w.t, err)
}

// end sends the signal and returns the exit code and the two outputs.
func (w *watched) end() (code int, stdout, stderr string) {
	w.interrupt()
	stdout, stderr = w.stdout.text(), w.stderr.text()
	return <-w.code, stdout, stderr
}

const failingDrill = smallDrill + "expect: {attempts: 2}\n"

func TestWatchPlaysASavedFileAgainAndEndsWithItsExitCode(t *testing.T) {
	w := startWatch(t, map[string]string{"small.yaml": smallDrill}, "small.yaml")
	w.expect("^1 drill: 1 pass")
	save(t, "small.yaml", failingDrill)
	w.expect("^FAIL +small", "^1 drill: 1 fail")
	save(t, "small.yaml", "version: 2\n") // a mistake is reported, and the watch goes on
	w.idle()
	save(t, "small.yaml", failingDrill)
	w.expect("^1 drill: 1 fail")

	code, _, stderr := w.end()
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "small.yaml:1:10: version 2 is not known")
	require.Equal(t, 2, strings.Count(stderr, "chaos: small.yaml has changed\n"), stderr)
}

func TestWatchPlaysOnlyWhatChangesInAFolder(t *testing.T) {
	other := strings.Replace(smallDrill, "small", "other", 1)
	w := startWatch(t, map[string]string{"drills/small.yaml": smallDrill, "drills/other.yaml": other}, "drills")
	w.expect("^2 drills: 2 pass")
	save(t, "drills/notes.txt", "no scenario names it")
	save(t, "drills/other.yaml", other+"expect: {attempts: 1}\n")
	w.expect("^pass +drills/other", "^1 drill: 1 pass")
	save(t, "drills/below/third.yaml", strings.Replace(smallDrill, "small", "third", 1))
	w.expect("^pass +drills/below/third", "^1 drill: 1 pass")

	code, stdout, _ := w.end()
	require.Zero(t, code)
	require.Equal(t, 1, strings.Count(stdout, "pass     drills/small"), stdout)
}

func TestWatchPlaysAgainWhenAFileThatAScenarioNamesChanges(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh for the program of the scenario")
	}
	drill := "version: 1\nname: script\nobjects: [{bucket: demo, key: a, content: hi}]\n" +
		"client: {run: 'echo $$ >\"${dir}/pid\"; sh \"${dir}/client.sh\"'}\nexpect: {exit_code: 3}\n"
	w := startWatch(t, map[string]string{"script.yaml": drill, "client.sh": "exit 4\n"}, "script.yaml")
	w.expect("^1 drill: 1 (fail|vacuous|error)")
	save(t, "client.sh", "exit 3\n")
	w.expect("^1 drill:")
	_, stdout, stderr := w.end()
	require.Contains(t, stderr, "chaos: client.sh has changed\n")
	require.Equal(t, 2, strings.Count(stdout, "1 drill:"), "the program's own pid file is no change")
}

func TestWatchRefusesWhatCannotChange(t *testing.T) {
	for args, want := range map[string]string{
		"":                "--watch: the built-in scenarios do not change: want a FILE or a DIR",
		"retry/*":         "--watch: the built-in scenarios do not change: want a FILE or a DIR",
		"resume/download": "--watch: the built-in scenarios do not change: want a FILE or a DIR",
		"-":               "--watch: standard input cannot be read again: want a FILE or a DIR",
		"--last-failed":   "--watch and --last-failed: want one of them",
	} {
		var stderr strings.Builder
		line := append([]string{"run", "--watch"}, strings.Fields(args)...)
		require.Equal(t, exitUsage, run(t.Context(), line, strings.NewReader(""), io.Discard, &stderr))
		require.Equal(t, "chaos: "+want+"\n", stderr.String())
	}
}

func TestChangesOfOneMomentAreOneChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, failures := make(chan fsnotify.Event), make(chan error)
		n := &notifier{events: events, errors: failures, files: []string{"/d/a.yaml"}, folders: []string{"/e"}}
		go func() {
			events <- fsnotify.Event{Name: "/d/a.yaml", Op: fsnotify.Chmod} // a change of rights alone
			time.Sleep(settle)
			for _, name := range []string{"/d/b.yaml", "/d/a.yaml", "/d/b.yaml"} {
				events <- fsnotify.Event{Name: name, Op: fsnotify.Rename}
				time.Sleep(settle / 4)
			}
			time.Sleep(settle)
			failures <- fsnotify.ErrEventOverflow
		}()
		began := time.Now()
		changed, err := n.next(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"/d/a.yaml", "/d/b.yaml"}, changed)
		require.Equal(t, 2*settle, time.Since(began))

		changed, err = n.next(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"/d/a.yaml", "/e"}, changed, "all, after lost events")
	})
}
