package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// The placeholders of the format. Texts of a scenario may hold them as ${name}.
const (
	PlaceEndpoint = "endpoint" // the URL of the proxy
	PlaceWorkdir  = "workdir"  // the drill's work directory
	PlaceDir      = "dir"      // the folder of the scenario's file
	PlaceCA       = "ca"       // the file of the certificate authority
)

var placeholders = []string{PlaceEndpoint, PlaceWorkdir, PlaceDir, PlaceCA}

// The placeholders that only the steps of a load can hold.
const (
	PlaceWorker = "worker" // the number of the worker, from 1
	PlaceN      = "n"      // the number of the worker's turn, from 1
)

var loadPlaceholders = append(slices.Clone(placeholders), PlaceWorker, PlaceN)

// placeholdersAt returns the placeholders that the value at a path can hold.
func placeholdersAt(path string) []string {
	if strings.Contains(path, ".load.step") {
		return loadPlaceholders
	}
	return placeholders
}

// replace returns text with each placeholder among names replaced by its value. `$${` becomes `${`.
// Other placeholders stay unchanged.
func replace(text string, names []string, value func(name string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case strings.HasSuffix(before, "$"):
			b.WriteString(before[:len(before)-1] + "${")
			text = rest
		case closed && slices.Contains(names, name):
			b.WriteString(before + value(name))
			text = after
		default:
			b.WriteString(before + "${")
			text = rest
		}
	}
	return b.String() + text
}

// eachPlaceholder calls f for each `${` that has no `$` before it. inside is the text between `${`
// and `}`; without a `}`, it is the rest of the text.
func eachPlaceholder(text string, f func(inside string, closed bool)) {
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return
		}
		text = rest
		if !strings.HasSuffix(before, "$") {
			inside, _, closed := strings.Cut(rest, "}")
			f(inside, closed)
		}
	}
}

// checkPlaceholders checks a text that the shell does not read: all of its placeholders must be
// known.
func checkPlaceholders(p *strictyaml.Problems, at strictyaml.Span, text, path string) bool {
	sound, names := true, placeholdersAt(path)
	eachPlaceholder(text, func(inside string, closed bool) {
		written := "${" + inside
		switch {
		case !closed:
			p.Add(p.SpanIn(at, written), "for the text itself write $${", "%s: a } is missing after %s", path,
				strictyaml.Short(written))
		case !slices.Contains(names, inside):
			p.Add(p.SpanIn(at, written+"}"), placeholderHint(inside, names), "%s: unknown placeholder %s}", path,
				strictyaml.Short(written))
		default:
			return
		}
		sound = false
	})
	return sound
}

// placeholderHint suggests the nearest placeholder, or lists all of them.
func placeholderHint(name string, names []string) string {
	if near := suggest.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean ${%s}? the text itself is written $${%s}", near, strictyaml.Short(name))
	}
	var all []string
	for _, known := range names {
		all = append(all, "${"+known+"}")
	}
	return fmt.Sprintf("the placeholders are %s; the text itself is written $${%s}", strictyaml.Enumerate(all),
		strictyaml.Short(name))
}

// shortestMiss is the length from which the name of a shell variable can be a misspelt placeholder.
// So `${a}` is not reported as a misspelt `${ca}`.
const shortestMiss = 3

// shell checks a command line, which may hold ${…} of the shell itself. A name that is close to a
// placeholder is a mistake, because the shell would expand it to an empty text.
func (v *validator) shell(c *Command, env map[string]string) {
	eachPlaceholder(c.Shell, func(inside string, closed bool) {
		if !closed || slices.Contains(placeholders, inside) {
			return // the shell reports a missing }
		}
		name := shellName(inside)
		near := suggest.Nearest(name, placeholders)
		_, set := env[name]
		if near == "" || len(name) < shortestMiss && name != near || set || definesShellName(c.Shell, name) {
			return
		}
		written := "${" + inside + "}"
		at := v.SpanIn(v.s.Client.ValueSpan("run"), written)
		if name == near {
			v.Add(at, fmt.Sprintf("write x=${%s} and then ${x%s}", near, strings.TrimPrefix(inside, name)),
				"client.run: %s: want a placeholder without an operator of the shell", strictyaml.Short(written))
			return
		}
		v.Add(at, placeholderHint(inside, placeholders), "client.run: unknown placeholder %s",
			strictyaml.Short(written))
	})
}

// shellVariables warns if a command line sets a variable with the name of a placeholder and then
// uses it as ${…}. The placeholder is replaced before the shell reads the line.
func (v *validator) shellVariables(c *Command) {
	for _, name := range placeholders {
		written := "${" + name + "}"
		rest := strings.NewReplacer(name+"="+written, "", name+`="`+written+`"`, "").Replace(c.Shell)
		if definesShellName(c.Shell, name) && strings.Contains(rest, written) {
			v.Warn(v.SpanIn(v.s.Client.ValueSpan("run"), written), "write $"+name+" for the variable of the shell",
				"client.run: %s is a placeholder, and the line sets a variable %s", written, name)
		}
	}
}

// shellName returns the shell variable that the inside of a ${…} names: "k" for "k%.x" and for
// "#k".
func shellName(inside string) string {
	inside = strings.TrimLeft(inside, "#!")
	if end := strings.IndexFunc(inside, func(r rune) bool { return !isShellName(r) }); end >= 0 {
		return inside[:end]
	}
	return inside
}

func isShellName(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// definesShellName reports whether a command line sets a variable: by an assignment, `for` or
// `read`.
func definesShellName(line, name string) bool {
	n := regexp.QuoteMeta(name)
	sets := `(^|[\s;&|(])` + n + `=|\bfor\s+` + n + `\b|\bread\b[^;&|\n]*\s` + n + `\b`
	return regexp.MustCompile(sets).MatchString(line)
}
