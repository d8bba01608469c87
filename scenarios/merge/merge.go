// Package merge puts the results of several machines together: [Open] checks that files are all
// shards of one run, and [Run.Results] returns the results in the order of a single run. [Compare]
// says what changed since another run.
package merge

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// A Run is the results of one run, from one file in the json format or from a file for each shard.
type Run struct {
	// Header is that of a single run with the same drills: it begins when the first shard began,
	// and names the host if all shards have the same.
	Header report.Header

	files []string // in the order of the shards
}

// Open checks the files: each must be whole, and together they must be all shards of one run. The
// error names the file or the shard that is missing, given twice, unfinished or of another run.
func Open(files []string) (*Run, error) {
	if len(files) == 0 {
		return nil, errors.New("no file of results")
	}
	run := &Run{}
	var place map[int]string
	for _, file := range files {
		head, err := check(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		shard := shardOf(head)
		if place == nil {
			run.Header, run.files = head, make([]string, shard.Of)
			place = make(map[int]string, shard.Of)
		}
		if err := same(run.Header, head); err != nil {
			return nil, fmt.Errorf("%s: not of the same run as %s: %w", file, files[0], err)
		}
		if earlier, twice := place[shard.Index]; twice && shard.Of == 1 {
			return nil, fmt.Errorf("%s: the whole run is given twice: it is in %s too", file, earlier)
		} else if twice {
			return nil, fmt.Errorf("%s: shard %d/%d is given twice: it is in %s too",
				file, shard.Index, shard.Of, earlier)
		}
		place[shard.Index], run.files[shard.Index-1] = file, file
		run.include(head)
	}
	for i, file := range run.files {
		if file == "" {
			return nil, fmt.Errorf("shard %d/%d is missing", i+1, len(run.files))
		}
	}
	run.Header.Shard = nil
	return run, nil
}

// include widens the header by that of one more shard.
func (r *Run) include(head report.Header) {
	earlier := func(a, b *time.Time) bool { return a != nil && (b == nil || a.Before(*b)) }
	if earlier(head.StartedAt, r.Header.StartedAt) {
		r.Header.StartedAt = head.StartedAt
	}
	if head.Host != r.Header.Host {
		r.Header.Host = ""
	}
}

// shardOf returns the shard of a file. A file without one is a whole run.
func shardOf(head report.Header) report.Shard {
	if head.Shard == nil {
		return report.Shard{Index: 1, Of: 1}
	}
	return *head.Shard
}

// same returns an error that names the first difference between the runs of two shards.
func same(a, b report.Header) error {
	for _, field := range []struct {
		name string
		a, b any
	}{
		{"number of shards", shardOf(a).Of, shardOf(b).Of},
		{"version", a.Version, b.Version},
		{"suite", a.Suite, b.Suite},
		{"seeds", a.Seeds, b.Seeds},
		{"number of drills", a.Drills, b.Drills},
	} {
		if field.a != field.b {
			return fmt.Errorf("%s: %q, want %q", field.name, fmt.Sprint(field.b), fmt.Sprint(field.a))
		}
	}
	if a.Selection != b.Selection {
		return errors.New("other drills, clients or options were selected" +
			"\n  hint: start each shard with the same files and the same flags but --shard")
	}
	return nil
}

// check reads a file and requires every drill of its shard, once and in order.
func check(file string) (head report.Header, err error) {
	f, err := os.Open(file)
	if err != nil {
		return head, withoutPath(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head, results, err := report.Read(f)
	if err != nil {
		return head, err
	}
	shard := shardOf(head)
	if shard.Index < 1 || shard.Index > shard.Of {
		return head, fmt.Errorf("shard %d/%d: want an index from 1 to %d", shard.Index, shard.Of, shard.Of)
	}
	next, read := shard.Index, 0
	for r, err := range results {
		if err != nil {
			return head, err
		}
		if r.Number != next && head.Selection != "" {
			return head, fmt.Errorf("drill number %d: want %d", r.Number, next)
		}
		read++
		next += shard.Of
	}
	if want := (head.Drills - shard.Index + shard.Of) / shard.Of; read != want && head.Selection != "" {
		return head, fmt.Errorf("the run has not finished: %d of %d drills", read, want)
	}
	return head, nil
}

// withoutPath returns the cause of an error of a file whose name the caller adds.
func withoutPath(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Results returns the results in the order of their numbers, or those of shards with different
// numbers of results in turn. It keeps one result of each shard. The iterator ends at the first
// error.
func (r *Run) Results() iter.Seq2[*scenarios.Result, error] {
	return func(yield func(*scenarios.Result, error) bool) {
		var open []func() (*scenarios.Result, error, bool)
		for _, file := range r.files {
			f, err := os.Open(file)
			if err != nil {
				yield(nil, err)
				return
			}
			defer f.Close() //nolint:errcheck // only read
			_, results, err := report.Read(f)
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", file, err))
				return
			}
			next, stop := iter.Pull2(results)
			defer stop()
			open = append(open, next)
		}
		for number := 0; len(open) > 0; {
			result, err, more := open[number]()
			switch {
			case !more: // a shard that time has ended may have fewer results
				open = slices.Delete(open, number, number+1)
				number--
			case !yield(result, err) || err != nil:
				return
			}
			if number++; number >= len(open) {
				number = 0
			}
		}
	}
}
