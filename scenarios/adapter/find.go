package adapter

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

//go:embed clients
var clients embed.FS

// Names returns the names of the adapters that ship with the project, sorted.
func Names() []string {
	entries, err := fs.Glob(clients, "clients/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	names := make([]string, len(entries))
	for i, file := range entries {
		names[i] = strings.TrimSuffix(path.Base(file), ".yaml")
	}
	return names
}

// IsPath reports whether the name of a client means an adapter's file.
func IsPath(name string) bool { return strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") }

// Find returns the adapter of that name, or reads it from a file if name is a path.
func Find(name string) (*Adapter, error) {
	if IsPath(name) {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		a, err := Parse(name, data)
		if err != nil {
			return nil, err
		}
		a.folder, err = filepath.Abs(filepath.Dir(name))
		return a, err
	}
	file := "clients/" + name + ".yaml"
	data, err := clients.ReadFile(file)
	if err != nil {
		message := fmt.Sprintf("unknown client %q: want builtin, sdk, %s, the path of an adapter, or run:COMMAND",
			name, strings.Join(Names(), ", "))
		if hint := suggest.Hint(name, append(Names(), "builtin", "sdk")); hint != "" {
			message += " (" + hint + ")"
		}
		return nil, fmt.Errorf("%s", message)
	}
	a, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	if a.scripts, err = scriptsOf(name); err != nil {
		return nil, err
	}
	return a, nil
}

// scriptsOf returns the files in the folder beside an adapter.
func scriptsOf(name string) (map[string][]byte, error) {
	files, err := fs.Glob(clients, "clients/"+name+"/*")
	if err != nil {
		return nil, err
	}
	scripts := make(map[string][]byte)
	for _, file := range files {
		if scripts[filepath.Base(file)], err = clients.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return scripts, nil
}
