package adapter

import (
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Values are the values of the placeholders of one step, by name.
type Values map[string]string

// The placeholders. ${keys} stands for several words where it is a word of its own, and for lines
// within a shell.
var placeholders = []string{
	"access_key", "bucket", "ca", "count", "dir", "endpoint", "file", "first", "host", "key",
	"keys", "last", "max_keys", "part_size", "part_size_mib", "path_style", "prefix", "range", "region",
	"scheme", "scripts",
	"secret_key", "source_bucket", "source_key", "style", "tls", "workdir",
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// Words returns the program of a command and its arguments. A shell finds the values in its
// environment, which [Values.Env] adds to, so that no value is read as a command.
func (v Values) Words(c *strictyaml.Command) []string {
	if c.Shell != "" {
		return c.Words()
	}
	var words []string
	for _, word := range c.Argv {
		if word == "${keys}" {
			words = append(words, strings.Split(v["keys"], "\n")...)
			continue
		}
		words = append(words, v.Replace(word))
	}
	return words
}

// Replace returns the text with its placeholders replaced. One without a value becomes "".
func (v Values) Replace(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string { return v[found[2:len(found)-1]] })
}

// uses reports whether the step's command refers to a placeholder, as ${name} or, in a shell, as
// $name.
func (s *Step) uses(name string) bool {
	if strings.Contains(s.Run.Shell, "$"+name) {
		return true
	}
	return slices.ContainsFunc(append(slices.Clone(s.Run.Argv), s.Run.Shell), func(text string) bool {
		return strings.Contains(text, "${"+name+"}")
	})
}

// Env returns the values as variables of an environment, for a shell.
func (v Values) Env() []string {
	var env []string
	for name, value := range v {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}
