package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// The placeholders of the format. A text of a scenario may hold each as ${name}.
const (
	PlaceEndpoint = "endpoint" // the URL of the proxy
	PlaceWorkdir  = "workdir"  // the drill's work directory
	PlaceDir      = "dir"      // the folder of the scenario's file
	PlaceCA       = "ca"       // the file of the certificate authority
)

var placeholders = []string{PlaceEndpoint, PlaceWorkdir, PlaceDir, PlaceCA}

// replace returns text with the value of each known placeholder in its place. `$${` becomes `${`,
// and what the format does not know stays as it is.
func replace(text string, value func(name string) string) string {
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
		case closed && slices.Contains(placeholders, name):
			b.WriteString(before + value(name))
			text = after
		default:
			b.WriteString(before + "${")
			text = rest
		}
	}
	return b.String() + text
}

// eachPlaceholder calls f with what stands between `${` and `}`, for each `${` of a text that no
// `$` escapes. Without a `}`, inside is the rest of the text.
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

// checkPlaceholders checks a text that no shell reads: it holds known placeholders only.
func checkPlaceholders(p *strictyaml.Problems, at strictyaml.Span, text, path string) bool {
	sound := true
	eachPlaceholder(text, func(inside string, closed bool) {
		written := "${" + inside
		switch {
		case !closed:
			p.Add(p.SpanIn(at, written), "for the text itself write $${", "%s: no } closes %s", path,
				strictyaml.Short(written))
		case !slices.Contains(placeholders, inside):
			p.Add(p.SpanIn(at, written+"}"), placeholderHint(inside), "%s: unknown placeholder %s}", path,
				strictyaml.Short(written))
		default:
			return
		}
		sound = false
	})
	return sound
}

// placeholderHint asks for the nearest placeholder, or lists them.
func placeholderHint(name string) string {
	if near := suggest.Nearest(name, placeholders); near != "" {
		return fmt.Sprintf("did you mean ${%s}? the text itself is written $${%s}", near, strictyaml.Short(name))
	}
	var all []string
	for _, known := range placeholders {
		all = append(all, "${"+known+"}")
	}
	return fmt.Sprintf("the placeholders are %s; the text itself is written $${%s}", strictyaml.Enumerate(all),
		strictyaml.Short(name))
}

// shortestMiss is how long a shell's name must be to be taken for a misspelt placeholder: `${a}` is
// no `${ca}`.
const shortestMiss = 3

// shell checks a command line of the shell, whose own ${…} are fine. A near miss of a placeholder
// is a mistake: to the shell it is an unset variable, and so empty.
func (v *validator) shell(c *Command, env map[string]string) {
	eachPlaceholder(c.Shell, func(inside string, closed bool) {
		if !closed || slices.Contains(placeholders, inside) {
			return // the shell finds what is not closed
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
			v.Add(at, fmt.Sprintf("write x=${%s}; then ${x%s} is the shell's", near, strings.TrimPrefix(inside, name)),
				"client.run: %s: a placeholder takes no operator of the shell", strictyaml.Short(written))
			return
		}
		v.Add(at, placeholderHint(inside), "client.run: unknown placeholder %s", strictyaml.Short(written))
	})
}

// shellVariables warns of a variable of the shell that a placeholder hides: the line sets it, and
// means it by ${…}, which is replaced before the shell reads the line.
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

// shellName is the variable of the shell that the inside of a ${…} names: "k" of "k%.x" and of
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
