// Package gitignore decides with patterns in git's syntax which files of a directory to pass over.
// [Tree.Add] takes the text of an ignore file, and [Tree.Ignores] answers for a path. The syntax is
// that of gitignore(5), without the classes of POSIX such as [[:alpha:]].
package gitignore

import (
	"path"
	"strings"

	"github.com/s3chaos/s3chaos/internal/glob"
)

// A Tree holds the ignore files of a directory and of the folders below it. The zero value ignores
// nothing.
type Tree struct{ files map[string][]pattern }

// A pattern is one line of an ignore file.
type pattern struct {
	segments []segment
	keeps    bool // the line begins with "!"
	dirs     bool // the line ends with "/": it matches directories only
	bare     bool // without "/" it matches the name of a file at any depth
}

// A segment matches one name of a path, or any number of names.
type segment struct {
	any  bool // "**"
	name glob.Pattern
}

// Add takes the text of the ignore file in a folder. The folder is relative to the directory, with
// "/" between its names; the directory itself is ".".
func (t *Tree) Add(folder string, text []byte) {
	if t.files == nil {
		t.files = make(map[string][]pattern)
	}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		if p, ok := parse(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")); ok {
			t.files[folder] = append(t.files[folder], p)
		}
	}
}

// Ignores reports whether the patterns leave out the path, which is relative to the directory. The
// last pattern that matches decides, and a file in a deeper folder comes before one above it. A
// caller that walks the directory does not enter a folder that is ignored, as git does not.
func (t *Tree) Ignores(file string, isDir bool) bool {
	for folder := path.Dir(file); ; folder = path.Dir(folder) {
		inside := strings.TrimPrefix(file, folder+"/")
		patterns := t.files[folder]
		for i := len(patterns) - 1; i >= 0; i-- {
			if patterns[i].matches(inside, isDir) {
				return !patterns[i].keeps
			}
		}
		if folder == "." || folder == "/" {
			return false
		}
	}
}

// parse reads a line. It returns false if the line holds no pattern.
func parse(line string) (p pattern, ok bool) {
	line = trimSpaces(line)
	if line == "" || line[0] == '#' {
		return p, false
	}
	line, p.keeps = strings.CutPrefix(line, "!")
	line, p.dirs = strings.CutSuffix(line, "/")
	p.bare = !strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return p, false
	}
	names := strings.Split(line, "/")
	for i, name := range names {
		switch {
		case name == "": // as in "a//b": git never matches it
			return p, false
		case len(name) > 1 && strings.Trim(name, "*") == "" && !p.bare: // git takes "***" for "**" too
			p.segments = append(p.segments, segment{any: true})
			if i == len(names)-1 { // "a/**" is everything below a, and not a
				p.segments = append(p.segments, segment{name: glob.Compile("*")})
			}
		default:
			p.segments = append(p.segments, segment{name: glob.Compile(name)})
		}
	}
	return p, true
}

// trimSpaces removes the spaces at the end, up to one that a backslash escapes.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		}
		if i >= len(line) || line[i] != ' ' || i > 0 && line[i-1] == '\\' {
			end = min(i+1, len(line))
		}
	}
	return line[:end]
}

// matches reports whether the pattern matches a path that is relative to the folder of its file.
func (p pattern) matches(file string, isDir bool) bool {
	if p.dirs && !isDir {
		return false
	}
	if p.bare {
		return p.segments[0].name.Match(path.Base(file))
	}
	names := strings.Split(file, "/")
	star, again := -1, 0 // the last "**", and the name after those that it has taken
	at := 0
	for i := 0; i < len(names); {
		switch {
		case at < len(p.segments) && p.segments[at].any:
			star, again = at, i
			at++
		case at < len(p.segments) && p.segments[at].name.Match(names[i]):
			at++
			i++
		case star >= 0:
			again++
			at, i = star+1, again
		default:
			return false
		}
	}
	return at == len(p.segments)
}
