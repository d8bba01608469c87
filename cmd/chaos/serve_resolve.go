package main

// The values of a scenario's placeholders in serve, which has no drill.

import (
	"errors"
	"os"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// resolve gives the texts of the scenario the values of their placeholders: ${endpoint} is the
// listener's URL, and ${workdir} the current directory.
func (s *server) resolve() error {
	p := s.plan
	if p.script == nil {
		return nil
	}
	dir, err := p.script.Folder()
	if err != nil {
		return err
	}
	current, err := os.Getwd()
	if err != nil {
		return err
	}
	p.script = p.script.Resolve(func(name string) string {
		switch name {
		case script.PlaceEndpoint:
			return s.url()
		case script.PlaceDir:
			return dir
		case script.PlaceCA:
			if p.caFile == "" {
				err = errors.New("--scenario: ${ca} has no file\n  hint: name one with --tls --ca-file FILE")
			}
			return p.caFile
		}
		return current
	})
	p.rules = p.script.Rules()
	return err
}
