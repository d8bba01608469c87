package main

// The --env-file and --ready-file flags of serve, for scripts that start it in the background.

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/internal/atomicfile"
)

// fileMark is the first line of the files that serve writes for scripts. Serve replaces and removes
// only files that begin with it.
const fileMark = "# chaos serve\n"

// exports formats variables as lines that a POSIX shell reads.
func exports(variables []variable) string {
	var text strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&text, "export %s=%s\n", v.name, quoteShell(v.value))
	}
	return text.String()
}

// checkFiles returns an error if serve may not write one of the files.
func (p *servePlan) checkFiles() error {
	if p.envFile != "" && p.envFile == p.readyFile {
		return fmt.Errorf("--ready-file %s: --env-file has the same name", p.readyFile)
	}
	for flag, path := range map[string]string{"--env-file": p.envFile, "--ready-file": p.readyFile} {
		if path == "" {
			continue
		}
		if err := checkFile(path); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	return nil
}

func checkFile(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(old, []byte(fileMark)) {
			return nil
		}
	}
	return fmt.Errorf("%s: the file holds something else\n"+
		"  hint: name a new file; serve overwrites only a file of an earlier serve", path)
}

// announceFiles writes the environment, and then the file that says that the server is ready.
func (s *server) announceFiles() error {
	if s.plan.envFile != "" {
		variables := s.environment()
		if s.api != nil {
			variables = append(variables, variable{"S3CHAOS_CONTROL_URL", "http://" + reachable(s.apiListener)},
				variable{tokenVariable, s.plan.token})
		}
		if err := s.writeFile(s.plan.envFile, exports(variables)); err != nil {
			return fmt.Errorf("--env-file: %w", err)
		}
	}
	if s.plan.readyFile != "" {
		if err := s.writeFile(s.plan.readyFile, s.url()+"\n"); err != nil {
			return fmt.Errorf("--ready-file: %w", err)
		}
	}
	return nil
}

// writeFile replaces a file as a whole, and removes it when the server stops. Only its owner may
// read it: it can hold the token of the control API.
func (s *server) writeFile(path, text string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, []byte(fileMark+text), 0o600); err != nil {
		return err
	}
	s.onClose(func() error {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	return nil
}
