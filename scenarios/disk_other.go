//go:build !linux

package scenarios

import (
	"errors"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A smallDisk is a file system of limited size. Only Linux has one without root.
type smallDisk struct{ dir string }

func newSmallDisk(string, script.Size) (*smallDisk, error) {
	return nil, errors.New("a disk of limited size needs Linux")
}

func (d *smallDisk) close() error { return nil }
