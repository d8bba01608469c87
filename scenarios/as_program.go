package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file writes the work of a client program into a scenario file. Such a file needs no adapter:
// it names the commands themselves, as a person would type them.

// AsProgram returns a scenario file in which a program does the work of s: the commands of an
// adapter, or a line for the shell, as [Options.Client] names them. The steps become one command,
// which ends at the first that fails, and intents. A scenario that has a program of its own keeps
// its intents, and its program unless client is a line. The error says why the client cannot do the
// work as a program.
func AsProgram(s *Scenario, client string) ([]byte, error) {
	text, err := s.Marshal()
	if err != nil {
		return nil, err
	}
	line, isLine := commandOf(client)
	switch {
	case ownClient(client) && s.Client.Run != nil:
		return text, nil
	case ownClient(client):
		return nil, fmt.Errorf("%s is no program: want an adapter, run: and a command, or a file whose client is run",
			cmp.Or(client, s.Client.Kind()))
	case s.Client.Run != nil && !isLine:
		return nil, errors.New("the file has a program of its own")
	}
	c := &composed{part: int64(partSizeOf(s)), env: map[string]string{}}
	if s.Client.Run == nil {
		if err := requireIntents(s); err != nil {
			return nil, err
		}
		c.work = workOf(s)
		c.place()
	}
	if isLine {
		err = c.command(line)
	} else {
		err = c.adapted(s, client)
	}
	if err != nil {
		return nil, err
	}
	return c.file(s, text)
}

// A composed program is put together from the commands of single steps.
type composed struct {
	work  *work // nil: the scenario has intents of its own
	part  int64 // size of parts that the drill wants, in bytes; 0: the client's own
	argv  []string
	lines []string // for the shell, in place of argv
	env   map[string]string
	files []script.File // of the adapter
	needs []string      // programs that must be there
}

// hostMark stands for the host of the endpoint until it is written for the shell: no placeholder of
// the format names it. shellHost is what the shell makes of the endpoint.
const (
	hostMark  = "\x00"
	shellHost = `"${e#*://}"`
)

// values returns the values of an adapter's placeholders that do not depend on the step, as the
// format's own placeholders where there are such.
func (c *composed) values() adapter.Values {
	w := &world{endpoint: "http://" + hostMark, workdir: "${workdir}", partSize: script.Size(c.part)}
	v := worldValues(w)
	v["endpoint"] = "${endpoint}"
	v["access_key"], v["secret_key"] = accessKey, secretKey
	return v
}

// place makes the files of the calls absolute.
func (c *composed) place() {
	for i := range c.work.calls {
		call := &c.work.calls[i]
		call.PartSize = c.part
		for _, name := range []*string{&call.File, &call.Dir} {
			if *name != "" {
				*name = "${workdir}/" + path.Clean(*name)
			}
		}
	}
}

// adapted puts the commands of an adapter together.
func (c *composed) adapted(s *Scenario, client string) error {
	a, err := adapter.Find(client)
	if err != nil {
		return err
	}
	if !a.Session.Empty() {
		return fmt.Errorf("%s is a session: want a client with a process for each step", a.Name)
	}
	if err := requireVerbs(a, s); err != nil {
		return err
	}
	if why := a.LacksParts(c.part); c.part > 0 && why != "" {
		return errors.New(why)
	}
	c.needs = a.Requires
	values := c.values()
	values["scripts"] = a.Folder()
	settings := a.Settings(adapter.When{Parts: c.part > 0, Quick: true})
	for _, name := range sortedKeys(settings.Env) {
		c.set(name, values.Replace(settings.Env[name]))
	}
	for _, name := range sortedKeys(settings.Files) {
		c.store(name, values.Replace(settings.Files[name]))
	}
	for i := range c.work.calls {
		c.step(a.Steps.Of(c.work.calls[i].Verb), &c.work.calls[i], values)
	}
	return c.listsAs(a)
}

// listsAs says in the intents how the adapter's list prints the keys.
func (c *composed) listsAs(a *adapter.Adapter) error {
	for i := range c.work.intents {
		lists := c.work.intents[i].Lists
		if lists == nil {
			continue
		}
		how, path, _ := strings.Cut(a.Steps.List.Keys, " ")
		switch how {
		case script.StdoutLines:
		case "json":
			lists.Stdout = path
		default:
			return fmt.Errorf("%s prints keys as %s, which no intent can read", a.Name, how)
		}
	}
	return nil
}

// command takes a line for the shell, with the variables by which it finds its work.
func (c *composed) command(line string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	values := c.values()
	values["here"] = here
	if c.work != nil {
		steps, err := stepLines(c.work.calls)
		if err != nil {
			return err
		}
		values["steps"] = "${workdir}/" + stepsFile
		c.store(stepsFile, string(steps))
		for i := range c.work.calls {
			c.folders(&c.work.calls[i])
		}
		first := c.work.calls[0].Values()
		first["verb"] = string(c.work.calls[0].Verb)
		for _, name := range sortedKeys(first) {
			values[name] = first[name]
		}
	}
	for _, name := range sortedKeys(values) {
		c.set(name, values[name])
	}
	c.shell(line)
	return nil
}

// set adds a variable of the program's environment.
func (c *composed) set(name, value string) {
	if strings.Contains(value, hostMark) {
		c.shell("export " + name + "=" + quoted(value))
		return
	}
	c.env[name] = value
}

// store adds a file of the program.
func (c *composed) store(name, content string) {
	if !strings.Contains(content, hostMark) {
		c.files = append(c.files, script.File{Path: name, Content: &content})
		return
	}
	if dir := path.Dir(name); dir != "." {
		c.shell("mkdir -p " + quoted(dir))
	}
	c.shell("printf %s " + quoted(content) + " >" + quoted(name))
}

// shell adds a line for the shell.
func (c *composed) shell(line string) {
	if strings.Contains(line, shellHost) && !slices.Contains(c.lines, endpointLine) {
		c.lines = append(c.lines, endpointLine)
	}
	c.lines = append(c.lines, line)
}

// folders makes the folders in which a call writes its files.
func (c *composed) folders(call *adapter.Call) {
	for _, dir := range []string{call.Dir, path.Dir(call.File)} {
		line := "mkdir -p " + quoted(dir)
		if dir != "" && dir != "." && dir != "${workdir}" && !slices.Contains(c.lines, line) {
			c.shell(line)
		}
	}
}

// endpointLine sets the variable that shellHost uses.
const endpointLine = "e='${endpoint}'"

// step adds the command of a step.
func (c *composed) step(step *adapter.Step, call *adapter.Call, base adapter.Values) {
	values := call.Values()
	maps.Copy(values, base)
	c.folders(call)
	words := values.Words(&step.Run)
	if alone := len(c.work.calls) == 1 && len(c.lines) == 0; alone && step.Run.Shell == "" &&
		call.Verb != adapter.UploadStream && !slices.ContainsFunc(words, unspeakable) {
		c.argv = words
		return
	}
	line := step.Run.Shell
	if line == "" {
		line = quotedWords(words)
	} else if sets := variables(line, values); sets != "" {
		line = "(export " + sets + "\n" + strings.TrimSpace(line) + ")"
	}
	if call.Verb == adapter.UploadStream {
		line += " <" + quoted(call.File)
	}
	if c.work.lists > 0 && call.Verb != adapter.List {
		line += " >&2" // the standard output is that of the list
	}
	c.shell(line)
}

// unspeakable reports whether a word of argv needs the shell.
func unspeakable(word string) bool { return strings.Contains(word, hostMark) }

var variable = regexp.MustCompile(`\$\{?#?([a-z_]+)`)

// variables returns assignments of the values that a line for the shell uses.
func variables(line string, values adapter.Values) string {
	var sets, known []string
	for _, found := range variable.FindAllStringSubmatch(line, -1) {
		name := found[1]
		if value, is := values[name]; is && !slices.Contains(known, name) {
			known = append(known, name)
			sets = append(sets, name+"="+quoted(value))
		}
	}
	return strings.Join(sets, " ")
}

// quotedWords returns words for the shell.
func quotedWords(words []string) string {
	var all []string
	for _, word := range words {
		if !plainWord.MatchString(word) {
			word = quoted(word)
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=+-]+$`)

// quoted returns a text for the shell. The format replaces its placeholders before the shell reads
// the line.
func quoted(text string) string {
	return strings.ReplaceAll(singleQuoted(text), hostMark, "'"+shellHost+"'")
}
