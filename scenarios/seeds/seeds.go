// Package seeds makes the S3 that a scenario declares: [Options] has the settings of the fake S3,
// and [Fill] stores the buckets and objects.
//
// It is a room of its own because drills and `chaos serve` begin with the same objects.
package seeds

import (
	"bytes"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Options returns the options of a fake S3 with the clock and the region that the scenario
// declares.
func Options(s *script.Scenario) fakes3.Options {
	r := &s.Server.Region
	return fakes3.Options{
		ClockOffset: s.Server.Clock.Duration, Region: r.Name,
		WrongRegion: fakes3.WrongRegion{
			Redirect: r.Answer == script.RegionRedirect, NoHeader: r.Header != nil && !*r.Header,
		},
		MinPartSize: int64(s.Server.MinPartSize),
	}
}

// Fill makes the buckets of the scenario and stores its objects, first all older versions and then
// the newest ones. It checks that the fake S3 returns what was stored. An error means that the
// scenario asks for what S3 refuses, or that the fake S3 is broken.
func Fill(fake *fakes3.Server, s *script.Scenario, seed uint64) error {
	for i := range s.BucketSettings {
		if err := makeBucket(fake, &s.BucketSettings[i]); err != nil {
			return fmt.Errorf("create bucket %s: %w", s.BucketSettings[i].Name, err)
		}
	}
	now := time.Now().Add(s.Server.Clock.Duration)
	newest := make([]script.State, len(s.Objects))
	for i := range s.Objects {
		o := &s.Objects[i]
		states := o.States(seed)
		older := len(states) - 1
		newest[i] = states[older]
		for _, state := range states[:older] {
			if err := store(fake, o, state, now); err != nil {
				return err
			}
		}
	}
	for _, b := range s.BucketSettings {
		if b.Versioning != script.VersioningSuspended {
			continue
		}
		if err := fake.Configure(b.Name, fakes3.BucketSettings{Versioning: "Suspended"}); err != nil {
			return fmt.Errorf("suspend the versioning of bucket %s: %w", b.Name, err)
		}
	}
	for i := range s.Objects {
		if err := store(fake, &s.Objects[i], newest[i], now); err != nil {
			return err
		}
	}
	return nil
}

// makeBucket makes a bucket. A bucket whose versioning is suspended had versions before, so it
// begins with versioning enabled.
func makeBucket(fake *fakes3.Server, b *script.Bucket) error {
	settings := fakes3.BucketSettings{
		ObjectLock: b.ObjectLock.On, LockMode: b.ObjectLock.Mode.S3Name(), LockDays: b.ObjectLock.Days,
	}
	if b.Versioning != "" {
		settings.Versioning = "Enabled"
	}
	return fake.Configure(b.Name, settings)
}

// store stores one state of an object and reads it back. Retentions count from now.
func store(fake *fakes3.Server, o *script.Object, state script.State, now time.Time) error {
	if err := fake.Seed(o.Bucket, o.Key, seedOf(state, now)); err != nil {
		return fmt.Errorf("put object %s/%s: %w", o.Bucket, o.Key, err)
	}
	got, ok := fake.SharedObject(o.Bucket, o.Key)
	if ok == state.Deleted || !bytes.Equal(got.Content, state.Content) {
		return fmt.Errorf("put object %s/%s: the fake S3 returns other content", o.Bucket, o.Key)
	}
	return nil
}

func seedOf(state script.State, now time.Time) fakes3.Seed {
	if state.Deleted {
		return fakes3.Seed{Deleted: true}
	}
	seed := fakes3.Seed{
		Shared: contentOf(state), Header: state.StoredHeader(), Metadata: state.Metadata, Tags: state.Tags,
		Parts: state.Parts, LegalHold: state.LegalHold,
	}
	switch c := &state.Checksum; {
	case c.None():
		seed.Checksum = fakes3.NoChecksum
	default:
		seed.Checksum, seed.ChecksumType = c.Algorithm.S3Name(), typeNames[c.Type]
	}
	if inParts := state.Parts != nil; inParts && seed.ChecksumType != "" && seed.Checksum == "" {
		seed.Checksum = "CRC64NVME" // S3 has no type without an algorithm
	}
	if r := state.Retention; r != nil {
		seed.LockMode, seed.LockUntil = r.Mode.S3Name(), now.Add(r.For)
	}
	return seed
}

// contentOf returns the content of a state. The drills of a process share drawn contents.
func contentOf(state script.State) *fakes3.Content {
	if state.Drawn == nil {
		return fakes3.NewContent(state.Content)
	}
	share := func(content []byte) any { return fakes3.NewContent(content) }
	return state.Drawn.Keep(share).(*fakes3.Content)
}

// typeNames are the types of checksums as S3 writes them.
var typeNames = map[script.ChecksumType]string{
	script.ChecksumFull: "FULL_OBJECT", script.ChecksumComposite: "COMPOSITE",
}
