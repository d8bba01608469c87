package drilltest

import (
	"fmt"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// An Option says which drills [Run] and [RunAll] play, and how. Of two options for the same thing
// the later one holds.
type Option func(*settings) error

type settings struct {
	options   scenarios.Options
	newClient func(scenarios.ClientConfig) (scenarios.Client, error) // nil: the client of the options or the file
	anyClient bool
	filter    suite.Filter
	seeds     suite.Seeds
}

func settingsOf(options []Option) (*settings, error) {
	set := &settings{}
	for _, option := range options {
		if err := option(set); err != nil {
			return nil, err
		}
	}
	if set.newClient != nil {
		set.options.NewClient = set.newClient
	}
	set.options.Conformance = set.options.Conformance || set.anyClient
	return set, nil
}

// Drill drills the client that newClient makes, instead of the client that each file names. It is
// called once for each drill, in the drill's bubble. The client must send with
// [scenarios.ClientConfig.HTTPClient], or dial with its DialContext. A drill with a step that the
// client has no method for is skipped. The client has to do all that the file expects; see
// [AnyClient].
//
// Drills of the careless client keep it, because they test the oracle.
func Drill[C scenarios.Client](newClient func(scenarios.ClientConfig) (C, error)) Option {
	return func(set *settings) error {
		set.newClient = func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := newClient(c)
			if err != nil {
				return nil, err
			}
			return client, nil
		}
		return nil
	}
}

// AnyClient judges the client of [Drill] by the oracle and by the `conformance` block of each file:
// by what every client must do, whatever its retry policy is. Attempts, waits and times that the
// file expects of its own client are measured and not judged. A failure of level should or info
// does not fail the test.
func AnyClient() Option {
	return func(set *settings) error {
		set.anyClient = true
		return nil
	}
}

// Seed plays each drill with this seed, instead of the seed of its file.
func Seed(seed uint64) Option { return Seeds(seed, seed) }

// Seeds plays each drill once with each seed from first, which is 1 or more, to last. Each is a
// subtest: "seed=1", "seed=2" and so on.
func Seeds(first, last uint64) Option {
	return func(set *settings) (err error) {
		if set.seeds, err = suite.ParseSeeds(fmt.Sprintf("%d..%d", first, last)); err != nil {
			return fmt.Errorf("seeds: %w", err)
		}
		return nil
	}
}

// Tags plays the drills that have one of these tags. A tag with "!" before it leaves out the drills
// that have it. A tag that no drill has is an error.
func Tags(tags ...string) Option {
	return func(set *settings) error {
		set.filter.Tags = tags
		return nil
	}
}

// Level plays the drills whose conformance block has one of these levels: "must", "should", "info"
// or "own".
func Level(levels ...string) Option {
	return func(set *settings) error {
		set.filter.Levels = levels
		return nil
	}
}

// With plays each drill with these options, such as a known failure or another clock. [Drill],
// [AnyClient] and [Seed] come before its fields NewClient, Conformance and Seed.
func With(o scenarios.Options) Option {
	return func(set *settings) error {
		set.options = o
		return nil
	}
}
