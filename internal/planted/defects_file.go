package planted

import (
	"errors"
	"os"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// fileDefects are clients that leave other files than those of the objects.
func fileDefects() []Defect {
	return []Defect{
		flawed(
			"removes-the-old-file", "removes the old file before it downloads the new one",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				if a.operation == "download" {
					if err := os.Remove(a.path); err != nil && !errors.Is(err, os.ErrNotExist) {
						return err
					}
				}
				return do()
			},
		),
		flawed(
			"damages-files", "flips a bit of a downloaded file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				return errors.Join(do(), changeFile(a, func(b []byte) []byte {
					if len(b) > 0 {
						b[0] ^= 1
					}
					return b
				}))
			},
		),
		flawed(
			"shortens-files", "loses the last byte of a downloaded file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				return errors.Join(do(), changeFile(a, func(b []byte) []byte { return b[:max(0, len(b)-1)] }))
			},
		),
		flawed(
			"leaves-half-files", "leaves half a file where a download fails",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				err := do()
				if err != nil && a.operation == "download" {
					return errors.Join(err, os.WriteFile(a.path, []byte("half"), 0o600))
				}
				return err
			},
		),
		flawed(
			"leaves-temporary-files", "leaves a temporary file beside each file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				err := do()
				if a.path != "" && !strings.HasSuffix(a.operation, "_dir") {
					err = errors.Join(err, os.WriteFile(a.path+".part", []byte("half"), 0o600))
				}
				return err
			},
		),
		flawed("refuses-emptiness", "takes an empty file for a failed download", refusesEmptiness),
	}
}

// changeFile changes a downloaded file.
func changeFile(a act, change func([]byte) []byte) error {
	if a.operation != "download" {
		return nil
	}
	content, err := os.ReadFile(a.path)
	if err != nil {
		return nil //nolint:nilerr // the step wrote no file, so this defect has nothing to change
	}
	return os.WriteFile(a.path, change(content), 0o600)
}

func refusesEmptiness(_ scenarios.ClientConfig, a act, do func() error) error {
	err := do()
	if a.operation != "download" || err != nil {
		return err
	}
	info, err := os.Stat(a.path)
	if err == nil && info.Size() == 0 {
		return errPlanted
	}
	return err
}
