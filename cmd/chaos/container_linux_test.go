package main

// The container recipe and the GitHub action: the tests run the commands that stand there.

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

const root = "../.."

// bash runs a command line in a folder of the machine, with further variables.
func bash(t *testing.T, dir, line string, variables ...string) (output string, code int) {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), variables...)
	text, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	return string(text), cmd.ProcessState.ExitCode()
}

// buildsPrograms skips a test that builds programs, which takes a minute on a fresh machine.
func buildsPrograms(t *testing.T) {
	t.Helper()
	if os.Getenv("S3CHAOS_BUILDS") == "" {
		t.Skip("it builds programs: make builds runs it")
	}
}

func TestContainerPlaysADrillWithNothingElseInIt(t *testing.T) {
	buildsPrograms(t)
	recipe, err := os.ReadFile(filepath.Join(root, "Containerfile"))
	require.NoError(t, err)
	image := t.TempDir()
	lines := regexp.MustCompile(`(?m)^RUN (.*/out.*)$`).FindAllStringSubmatch(string(recipe), -1)
	require.Len(t, lines, 2)
	for _, line := range lines {
		output, code := bash(t, root, strings.ReplaceAll(line[1], "/out", image))
		require.Zero(t, code, output)
	}
	require.NoError(t, os.Mkdir(filepath.Join(image, "drills"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(image, "drills", "small.yaml"), []byte(smallDrill), 0o600))

	chaos := func(args ...string) string {
		cmd := exec.Command(filepath.Join(image, "chaos"), args...)
		cmd.Dir, cmd.Env = image, []string{"TMPDIR=" + filepath.Join(image, "tmp")}
		if os.Geteuid() == 0 {
			cmd.Path, cmd.Dir, cmd.Env = "/chaos", "/", []string{}
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: image}
		}
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", output)
		return string(output)
	}
	require.Contains(t, chaos("version"), "chaos ")
	require.Contains(t, chaos("run", "drills/"), "1 drill: 1 pass")
	left, err := os.ReadDir(filepath.Join(image, "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// action is what the tests read of action.yml.
type action struct {
	Inputs map[string]struct{ Description string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, Uses, Shell, Run string
			Env                    map[string]string
		}
	}
}

func readAction(t *testing.T) (a action) {
	text, err := os.ReadFile(filepath.Join(root, "action.yml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &a))
	return a
}

func TestActionUsesEachOfItsInputs(t *testing.T) {
	a := readAction(t)
	require.Equal(t, "composite", a.Runs.Using)
	unused := map[string]bool{}
	for name, input := range a.Inputs {
		unused[name] = true
		require.NotEmpty(t, input.Description, name)
	}
	of := regexp.MustCompile(`^\$\{\{ inputs\.(\w+) \}\}$`)
	for _, step := range a.Runs.Steps {
		require.True(t, step.Uses != "" || step.Shell == "bash")
		require.NotContains(t, step.Run, "${{", "an input in a script could add commands to it")
		for variable, value := range step.Env {
			input := of.FindStringSubmatch(value)
			require.NotNil(t, input, value)
			require.True(t, unused[input[1]], "%s is no input, or used twice", input[1])
			delete(unused, input[1])
			require.Regexp(t, `\$\{?`+variable+`\b`, step.Run)
		}
	}
	require.Empty(t, unused)
}

func TestActionBuildsChaosAndPlaysDrills(t *testing.T) {
	buildsPrograms(t)
	dir := t.TempDir()
	path, err := filepath.Abs(root)
	require.NoError(t, err)
	for name, text := range fewDrills {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	environment := []string{
		"GITHUB_ACTION_PATH=" + path, "RUNNER_TEMP=" + t.TempDir(),
		"GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary.md"),
		"DRILLS=pass.yaml fail.yaml", "CLIENT=builtin", "SEEDS=1..2", "ARGUMENTS=-q", "HTML=chaos.html",
	}
	played := false
	for _, step := range readAction(t).Runs.Steps {
		if step.Run == "" {
			continue
		}
		output, code := bash(t, dir, step.Run, environment...)
		if played = step.Name == "drill"; !played {
			require.Zero(t, code, output)
			continue
		}
		require.Equal(t, 1, code, output)
		require.Contains(t, output, "::error ")
	}
	require.True(t, played)
	for _, file := range []string{"chaos.html", "summary.md"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Contains(t, string(text), "2 fail")
	}
}
