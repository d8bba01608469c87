package script

import (
	"fmt"
	"io/fs"
	"strconv"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// File is in the work directory before the drill begins. Path is relative to that directory and
// stays below it. Exactly one of Size, Content and LinkTo is set. If Content and LinkTo are empty,
// Size bytes are drawn.
type File struct {
	strictyaml.Block `yaml:"-"`
	Path             string   `yaml:"path,required"`
	Size             Size     `yaml:"size"`
	Content          *string  `yaml:"content"`
	LinkTo           string   `yaml:"link_to"` // the file is a symbolic link to this path, from its own folder
	Mode             FileMode `yaml:"mode"`    // zero: 0600
}

// FileMode holds the permission bits of a file. A file has them in octal, as chmod takes
// them: 0640.
type FileMode uint32

// UnmarshalText reads a mode in octal, from 1 to 0777.
func (m *FileMode) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || n == 0 || n > uint64(fs.ModePerm) {
		return fmt.Errorf("bad mode %q: write it in octal, from 0001 to 0777", text)
	}
	*m = FileMode(n)
	return nil
}

// String prints the mode as the format writes it.
func (m FileMode) String() string { return fmt.Sprintf("%04o", uint32(m)) }

// LikeUnix returns the line of the first key about modes or symbolic links of files; 0 without one.
func (s *Scenario) LikeUnix() int {
	for i := range s.Files {
		for _, key := range []string{"mode", "link_to"} {
			if f := &s.Files[i]; f.Has(key) {
				return f.At(key).Line
			}
		}
	}
	return 0
}
