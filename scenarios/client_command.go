package scenarios

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A command client is a line for a shell, `run:CMD`, that does the whole work of a drill. The steps
// of the drill become its intents; see workOf. A drill that has a program of its own keeps its
// intents, and the command takes the place of that program.

// commandPrefix marks a command in Options.Client.
const commandPrefix = "run:"

// stepsFile is the name of the file that tells the command its steps.
const stepsFile = "steps.jsonl"

// commandOf returns the line for the shell if the name of a client is a command.
func commandOf(client string) (line string, ok bool) {
	line, ok = strings.CutPrefix(client, commandPrefix)
	return strings.TrimSpace(line), ok
}

// commandScenario returns the scenario as the command plays it: as a program with intents.
func commandScenario(s *Scenario, line string) *Scenario {
	played := *s
	played.Client.Builtin, played.Client.SDK = nil, nil
	played.Client.Run = &script.Command{Place: s.Client.Place, Shell: line}
	if s.Client.Run == nil {
		w := workOf(s)
		played.Steps, played.Intent = nil, w.intents
		played.Files = append(played.Files[:len(played.Files):len(played.Files)], w.files...)
	}
	return &played
}

// commandEnvironment returns the variables with which the command finds its work: the values that
// an adapter's step has, for the first step, and the file with all steps.
func commandEnvironment(w *world, steps []script.Step) ([]string, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	values := worldValues(w)
	values["here"], values["steps"] = here, w.scratch(stepsFile)
	calls := workOf(&Scenario{Steps: steps}).calls
	for i := range calls {
		if calls[i].Dir != "" {
			calls[i].Dir = filepath.Join(w.workdir, filepath.FromSlash(calls[i].Dir))
			if err := os.MkdirAll(calls[i].Dir, 0o700); err != nil {
				return nil, err
			}
		}
		calls[i].PartSize = int64(w.partSize)
		if calls[i].File != "" {
			calls[i].File = filepath.Join(w.workdir, filepath.FromSlash(calls[i].File))
			if err := os.MkdirAll(filepath.Dir(calls[i].File), 0o700); err != nil {
				return nil, err
			}
		}
	}
	lines, err := stepLines(calls)
	if err != nil {
		return nil, err
	}
	if len(calls) > 0 {
		maps.Copy(values, calls[0].Values())
		values["verb"] = string(calls[0].Verb)
	}
	return values.Env(), os.WriteFile(values["steps"], lines, 0o600)
}

// worldValues returns the placeholders of a program that do not depend on the step.
func worldValues(w *world) adapter.Values {
	scheme, host, _ := strings.Cut(w.endpoint, "://")
	v := adapter.Values{
		"endpoint": w.endpoint, "scheme": scheme, "tls": strconv.FormatBool(scheme == "https"), "host": host,
		"region": region, "workdir": w.workdir, "ca": "",
		"style": string(PathStyle), "path_style": "true", "part_size": "", "part_size_mib": "",
	}
	if w.virtualHosted {
		v["style"], v["path_style"] = string(VirtualStyle), "false"
	}
	if size := w.partSize; size > 0 {
		const mib = 1 << 20
		v["part_size"] = strconv.FormatInt(int64(size), 10)
		v["part_size_mib"] = strconv.FormatInt(int64(size+mib-1)/mib, 10)
	}
	if w.authority != nil {
		v["ca"] = w.scratch(authorityFile)
	}
	return v
}

// stepLines returns a line of JSON for each call.
func stepLines(calls []adapter.Call) ([]byte, error) {
	var lines []byte
	for i := range calls {
		line, err := json.Marshal(&calls[i])
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, line...), '\n')
	}
	return lines, nil
}
