package main

// The commands in docs/scale: a test runs them as they stand there.

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

// fewDrills are one drill that passes and one that fails.
var fewDrills = map[string]string{
	"pass.yaml": smallDrill,
	"fail.yaml": smallDrill + "expect: {attempts: 7}\n",
}

// job is a shell command of docs/scale, and the variable that says which shard it plays.
type job struct{ command, index, of string }

func kubernetesJob(t *testing.T) job {
	var manifest struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct{ Command []string }
				}
			}
		}
	}
	readScale(t, "kubernetes.yaml", &manifest)
	command := manifest.Spec.Template.Spec.Containers[0].Command
	require.Equal(t, []string{"sh", "-c"}, command[:2])
	return job{command[2], "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"}
}

// githubSteps returns the commands of a job of the workflow by the names of their steps.
func githubSteps(t *testing.T, name string) map[string]string {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	readScale(t, "github.yaml", &workflow)
	commands := map[string]string{}
	for _, step := range workflow.Jobs[name].Steps {
		commands[step.Name] = step.Run
	}
	return commands
}

func readScale(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "scale", file))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

// shell runs a command as the machine of a shard does, and returns its exit code.
func shell(t *testing.T, dir, command string, env ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "HOME="+dir, "DRILLS=drills/", "SEEDS=1..5", "RESULTS="+dir), env...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// varying are the times, the date and the host name of a report.
var varying = regexp.MustCompile(`"(wall_ms|started_at|host)":("[^"]*"|[0-9.e+-]+),?`)

func TestShardsOfDocsScaleAreTheSingleRun(t *testing.T) {
	for name, j := range map[string]job{
		"kubernetes": kubernetesJob(t),
		"github":     {githubSteps(t, "drill")["drill"], "STRATEGY_JOB_INDEX", "STRATEGY_JOB_TOTAL"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(dir, "drills"), 0o755))
			for file, text := range fewDrills {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "drills", file), []byte(text), 0o600))
			}
			for i := range 4 {
				out, code := shell(t, dir, j.command, j.index+"="+strconv.Itoa(i), j.of+"=4")
				require.Zero(t, code, "%s", out)
			}
			out, code := shell(t, dir, githubSteps(t, "report")["report"])
			require.Equal(t, 1, code, "a drill fails: %s", out)
			out, code = shell(t, dir, "chaos run drills/ --seeds 1..5 -q -o json=single.json")
			require.Equal(t, 1, code, "%s", out)
			read := func(file string) string {
				text, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				return varying.ReplaceAllString(string(text), "")
			}
			require.Equal(t, read("single.json"), read("all.json"))
			require.Contains(t, read("chaos.html"), "fail")
		})
	}
}
