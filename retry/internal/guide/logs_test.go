package guide

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// recipes are the guide's commands about logs. They run on app.log and app.json, two hours of one
// program's log lines in both formats of slog.
var recipes = map[string]string{
	"retries":    `grep -c 'operation failed, retrying' app.log`,
	"failures":   `grep -c 'msg="failed after' app.log`,
	"recoveries": `grep -c 'operation succeeded after retry' app.log`,
	"operations": `grep 'operation failed, retrying' app.log | sed 's/.*operation="\([^"]*\)".*/\1/' | sort | uniq -c | awk '{n = $1; $1 = ""; print n ":" $0}' | sort -rn`,
	"hours":      `awk '/operation failed, retrying/ {hour[substr($1, 6, 13)]++} END {for (h in hour) print h ":00", hour[h]}' app.log | sort`,
	"classes":    `awk 'match($0, / class=[a-z]+/) {n[substr($0, RSTART + 7, RLENGTH - 7)]++} END {for (c in n) print c, n[c]}' app.log | sort`,
	"story":      `grep 'operation="put backups/db.tar"' app.log | sed 's/ operation=.*//'`,
	"share":      `awk '/operation succeeded after retry/ {ok++} /msg="failed after/ {lost++} END {printf "%d of %d calls in trouble were saved\n", ok, ok + lost}' app.log`,

	"json-operations": `jq -r 'select(.msg == "operation failed, retrying") | .operation' app.json | sort | uniq -c | awk '{n = $1; $1 = ""; print n ":" $0}' | sort -rn`,
	"json-reasons":    `jq -r 'select(.level == "ERROR") | .reason + ": " + .operation' app.json | sort`,
	"json-errors":     `jq -r 'select(.level == "WARN") | .class + " " + .error' app.json | sort | uniq -c | awk '{n = $1; $1 = ""; print n ":" $0}' | sort -rn`,
	"json-late":       `jq -c 'select(.attempt >= 3) | {time, msg, operation}' app.json`,
}

// writeLogs makes the log files in folder. The lines are those of the engine, in virtual time.
func writeLogs(t *testing.T, folder string) {
	t.Helper()
	text, err := os.Create(filepath.Join(folder, "app.log"))
	require.NoError(t, err)
	defer func() { require.NoError(t, text.Close()) }()
	lines, err := os.Create(filepath.Join(folder, "app.json"))
	require.NoError(t, err)
	defer func() { require.NoError(t, lines.Close()) }()
	synctest.Test(t, func(t *testing.T) {
		utc := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				a.Value = slog.TimeValue(a.Value.Time().UTC())
			}
			return a
		}}
		r, err := retry.New(retry.Config{Jitter: retry.JitterNone, Seed: 1, Observer: retry.Observers(
			retry.NewLogObserver(slog.New(slog.NewTextHandler(text, utc))),
			retry.NewLogObserver(slog.New(slog.NewJSONHandler(lines, utc))),
		)})
		require.NoError(t, err)
		reset := errors.New("read tcp 10.0.0.7:51432->10.0.0.1:443: connection reset by peer")
		slow := errors.New("api error SlowDown: please reduce your request rate")
		hangs := errors.New("net/http: TLS handshake timeout")
		for _, call := range []struct {
			name   string
			errors []error // of its attempts; the next succeeds
			then   time.Duration
		}{
			{"get photos/1.jpg", nil, time.Minute},
			{"put backups/db.tar", []error{reset, slow}, 30 * time.Minute},
			{"get photos/2.jpg", []error{hangs}, 40 * time.Minute},
			{"put backups/logs.tar", []error{slow, slow, slow}, time.Minute},
			{"get photos/3.jpg", []error{errors.New("api error NoSuchKey: the key does not exist")}, time.Minute},
			{"list photos", []error{reset}, time.Minute},
		} {
			failures := call.errors
			outcome := r.DoCall(context.Background(), retry.Call{Name: call.name},
				func(_ context.Context, attempt int) error {
					if attempt > len(failures) {
						return nil
					}
					return failures[attempt-1]
				})
			if outcome != nil {
				require.ErrorIs(t, outcome, failures[len(failures)-1])
			}
			time.Sleep(call.then)
		}
	})
}

// recipe runs one of the commands in folder and shows it with what it prints.
func recipe(folder, name string) (string, error) {
	command, ok := recipes[name]
	if !ok {
		return "", errors.New("no such recipe")
	}
	shell := exec.Command("sh", "-c", command)
	shell.Dir = folder
	shell.Env = append(os.Environ(), "LC_ALL=C")
	output, err := shell.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	return fenced("console", "$ "+command+"\n"+string(output)), nil
}

// missingTool is the program that a recipe needs and this machine lacks.
func missingTool(name string) string {
	for _, tool := range []string{"jq", "awk", "sed", "grep"} {
		if strings.Contains(" "+recipes[name], " "+tool+" ") {
			if _, err := exec.LookPath(tool); err != nil {
				return tool
			}
		}
	}
	return ""
}
