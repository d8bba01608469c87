package planted

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file has clients that transfer a directory and delete what is surplus on the other side,
// with one flaw each. The drill's own client does not delete, so these stand on top of it.

// A mirrorFlaw is what is wrong with a mirror.
type mirrorFlaw int

const (
	mirrorsRight mirrorFlaw = iota
	mirrorsAnyList
	mirrorsPastFailures
	mirrorsWithoutLooking
	mirrorsAfterItsEnd
)

// mirrorDefects are for the steps with `delete: true`.
func mirrorDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		flaw        mirrorFlaw
		name, about string
	}{
		{mirrorsAnyList, "mirror-trusts-any-list", "deletes the files that a list which failed does not name"},
		{mirrorsPastFailures, "mirror-goes-past-failures", "reports success though a file of the directory failed"},
		{mirrorsWithoutLooking, "mirror-believes-200", "takes a deletion for done though S3 refused a key"},
		{mirrorsAfterItsEnd, "mirror-goes-on-after-the-end", "asks for the list when it has returned"},
	} {
		list = append(list, Defect{
			Name: d.name, About: d.about, Gross: slices.Contains(gross, d.name), base: mirrorBase,
			plant: inMirrors(mirroring(d.flaw)),
		})
	}
	return list
}

// inMirrors returns a plant function for drills with a transfer that deletes.
func inMirrors(client newClient) func(*scenarios.Scenario) (*scenarios.Scenario, newClient) {
	return func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
		mirrors := false
		s.EachStep(func(step *script.Step) { mirrors = mirrors || step.Mirrors() })
		if !mirrors || !steps(s) || s.Client.SDK != nil {
			return nil, nil
		}
		return s, client
	}
}

// mirroring returns the drill's own client with deletions, and with the flaw.
func mirroring(flaw mirrorFlaw) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := ownWhole(c)
		if err != nil {
			return nil, err
		}
		return mirror{good, flaw}, nil
	}
}

// A mirror deletes on the side that it writes. Without a flaw it deletes only after all files of
// the other side are there.
type mirror struct {
	whole
	flaw mirrorFlaw
}

func (m mirror) MirrorDown(ctx context.Context, bucket, prefix, dir string) error {
	if m.flaw == mirrorsAfterItsEnd {
		late := context.WithoutCancel(ctx)
		time.AfterFunc(time.Second, func() { _, _ = m.List(late, bucket, prefix, 0) })
	}
	keys, err := m.List(ctx, bucket, prefix, 0)
	if err != nil && m.flaw != mirrorsAnyList {
		return err
	}
	if err == nil {
		err = m.DownloadDir(ctx, bucket, prefix, dir)
	}
	switch {
	case err != nil && m.flaw == mirrorsPastFailures:
		return nil
	case err != nil && m.flaw != mirrorsAnyList:
		return err
	}
	return remove(dir, func(name string) bool { return slices.Contains(keys, prefix+name) })
}

// remove removes the files below dir that are not kept.
func remove(dir string, kept func(name string) bool) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || kept(filepath.ToSlash(name)) {
			return err
		}
		return os.Remove(path)
	})
}

func (m mirror) MirrorUp(ctx context.Context, bucket, dir, prefix string) error {
	if err := m.UploadDir(ctx, bucket, dir, prefix); err != nil {
		return err
	}
	keys, err := m.List(ctx, bucket, prefix, 0)
	if err != nil {
		return err
	}
	surplus := slices.DeleteFunc(keys, func(key string) bool {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(key, prefix))))
		return err == nil
	})
	if len(surplus) == 0 {
		return nil
	}
	_, err = m.DeleteMany(ctx, bucket, surplus)
	if m.flaw == mirrorsWithoutLooking {
		return nil
	}
	return err
}
