package scenarios

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// SuiteVersion is the version of the conformance suite: the drills of the catalog with a
// `conformance` block that other clients play. It goes up when a drill of the suite asks for more
// or less than before. Ids of drills stay the same, so that results of two dates compare.
const SuiteVersion = 1

// The levels of a failure that do not fail a run, as in Result.Level.
const (
	LevelShould = script.Should
	LevelInfo   = script.Info
)

// A KnownFailure is a failure of a client that its users know. Known failures stand in a file of
// their own, because the catalog says only what clients owe.
type KnownFailure struct {
	strictyaml.Block `yaml:"-"`
	Client           string         `yaml:"client,required"` // as in Result.Client
	Versions         []versionBound `yaml:"versions"`        // such as ">=2.0"; all must hold; empty: every version
	Drill            string         `yaml:"drill,required"`  // an id, or a pattern of ids such as "portal/*"
	Kind             string         `yaml:"kind"`            // of the reason, such as hang; empty: every kind
	Reason           string         `yaml:"reason,required"` // why it fails, or the address of a report
}

// KnownFailures are the known failures of one file.
type KnownFailures []*KnownFailure

// knownFile is the file as YAML.
type knownFile struct {
	strictyaml.Block `yaml:"-"`
	Known            []*KnownFailure `yaml:"known,required"`
}

// versionBound is a comparison and a version.
type versionBound struct {
	compare string
	version string
}

// UnmarshalText reads a bound such as ">=2.0" or "<1.4".
func (b *versionBound) UnmarshalText(text []byte) error {
	b.version = strings.TrimLeft(string(text), "<>=")
	b.compare = strings.TrimSuffix(string(text), b.version)
	b.version = strings.TrimSpace(b.version)
	if !slices.Contains([]string{"<", "<=", "=", ">=", ">"}, b.compare) || b.version == "" {
		return fmt.Errorf("bad version %q: write it like >=2.0 or <1.4", text)
	}
	return nil
}

func (b *versionBound) holds(version string) bool {
	switch c := compareVersions(version, b.version); b.compare {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	default:
		return c > 0
	}
}

// compareVersions compares the numbers of two versions, such as v1.60.1 and 1.9.
func compareVersions(a, b string) int {
	x, y := numbersOf(a), numbersOf(b)
	for len(x) < len(y) {
		x = append(x, 0)
	}
	for len(y) < len(x) {
		y = append(y, 0)
	}
	return slices.Compare(x, y)
}

// numbersOf returns the numbers at the start of a version, without its suffix.
func numbersOf(version string) []int {
	var numbers []int
	for word := range strings.SplitSeq(strings.TrimPrefix(version, "v"), ".") {
		end := strings.IndexFunc(word, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(word)
		}
		n, err := strconv.Atoi(word[:end])
		if err != nil {
			return numbers
		}
		numbers = append(numbers, n)
		if end < len(word) {
			return numbers
		}
	}
	return numbers
}

var knownFormat = strictyaml.Format{
	Document: "list of known failures",
	Labels:   []string{"reason"},
	Types: map[reflect.Type]strictyaml.Type{
		reflect.TypeFor[versionBound](): strictyaml.Named("a version bound"),
	},
}

// ParseKnown reads a file of known failures:
//
//	known:
//	  - {client: s3cmd, versions: ["<2.5"], drill: integrity/replaced, kind: torn-file, reason: s3tools/s3cmd#1}
//
// The filename appears in messages. The error is an [*InputError] with every mistake of the file.
func ParseKnown(filename string, data []byte) (KnownFailures, error) {
	p := strictyaml.NewProblems(filename)
	file := new(knownFile)
	if strictyaml.Read(p, data, file, &knownFormat) {
		for _, k := range file.Known {
			if _, err := path.Match(k.Drill, ""); err != nil {
				p.Add(k.ValueSpan("drill"), "", "drill: %q: bad pattern", k.Drill)
			}
		}
	}
	return file.Known, p.Err()
}

// of returns the known failure that fits the result, or nil. A drill that passes fits too: its
// failure is gone.
func (list KnownFailures) of(r *Result) *KnownFailure {
	for _, k := range list {
		if k.fits(r) {
			return k
		}
	}
	return nil
}

func (k *KnownFailure) fits(r *Result) bool {
	drill, err := path.Match(k.Drill, r.ID)
	if err != nil || !drill || k.Client != r.Client {
		return false
	}
	for i := range k.Versions {
		if !k.Versions[i].holds(r.ClientVersion) {
			return false
		}
	}
	switch r.Verdict {
	case Pass:
		return true
	case Fail:
		// Everything that is wrong must be known, or a new failure would hide behind an old one.
		return k.Kind == "" || !slices.ContainsFunc(r.Reasons, func(reason Reason) bool {
			return cmp.Or(reason.Kind, k.Kind) != k.Kind && reason.Kind != "unfired"
		})
	}
	return false
}
