package planted

import (
	"errors"
	"os"

	"github.com/s3chaos/s3chaos/scenarios"
)

// writeDefects are clients that leave a moment in which an object is gone, or half there.
func writeDefects() []Defect {
	return []Defect{
		flawed(
			"deletes-first", "deletes the old object before it writes the new one, and the source before it copies",
			deletesFirst,
		),
		flawed(
			"stores-half", "stores half of an object, and then all of it",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				if a.operation == "upload" {
					if err := storeHalf(a); err != nil {
						return err
					}
				}
				return do()
			},
		),
	}
}

// deletesFirst deletes what the operation is about to write or to copy.
func deletesFirst(_ scenarios.ClientConfig, a act, do func() error) error {
	switch a.operation {
	case "upload", "upload_if", "upload_stream", "copy", "move":
		if err := a.client.Delete(a.ctx, a.bucket, a.key); err != nil {
			return err
		}
	}
	return do()
}

func storeHalf(a act) error {
	content, err := os.ReadFile(a.path)
	if err != nil {
		return err
	}
	half := a.path + ".half"
	if err := os.WriteFile(half, content[:len(content)/2], 0o600); err != nil {
		return err
	}
	return errors.Join(a.client.Upload(a.ctx, a.bucket, a.key, half, nil), os.Remove(half))
}
