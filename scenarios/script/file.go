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

// FileMode holds the permission bits of a file, with setuid, setgid and sticky. A file has them in
// octal, as chmod takes them: 0640, 4755.
type FileMode uint32

// specialBits are the bits above the permissions, as chmod takes them.
var specialBits = map[FileMode]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky}

// ModeOf returns the mode of a file.
func ModeOf(m fs.FileMode) FileMode {
	mode := FileMode(m.Perm())
	for bit, special := range specialBits {
		if m&special != 0 {
			mode |= bit
		}
	}
	return mode
}

// OS returns the mode as package os takes it.
func (m FileMode) OS() fs.FileMode {
	mode := fs.FileMode(m) & fs.ModePerm
	for bit, special := range specialBits {
		if m&bit != 0 {
			mode |= special
		}
	}
	return mode
}

// UnmarshalText reads a mode in octal, from 1 to 7777.
func (m *FileMode) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || n == 0 || n > 0o7777 {
		return fmt.Errorf("bad mode %q: write it in octal, from 0001 to 7777", text)
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
