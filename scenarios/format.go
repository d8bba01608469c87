package scenarios

import (
	"io"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The names of the format that a caller of [Run] needs. Package script has the rest.
type (
	// Scenario is one drill as its file describes it.
	Scenario = script.Scenario
	// Clock says whether a drill runs in virtual time or in real time.
	Clock = script.Clock
	// Range is the part of an object that a [Client] downloads.
	Range = script.Range
	// Outcome is how a step ended.
	Outcome = script.Outcome
	// InputError holds every mistake of one or more scenario files.
	InputError = script.InputError
	// Problem is one mistake of a scenario file.
	Problem = script.Problem
	// Entry is a built-in scenario.
	Entry = catalog.Entry
)

// The clocks, and the outcomes of a step that has ended.
const (
	Virtual = script.Virtual
	Real    = script.Real
	Success = script.Success
	Failure = script.Failure
)

// Load reads the scenario in a file. Every error is an [*InputError], also for a missing file, and
// for a family, of which [LoadAll] reads the cases.
func Load(path string) (*Scenario, error) { return script.Load(path) }

// LoadAll reads the scenarios in a file: one, or the cases of a family. Every error is an
// [*InputError].
func LoadAll(path string) ([]*Scenario, error) { return script.LoadAll(path) }

// ReadAll reads the scenarios of a file from r: one, or the cases of a family. Messages show the
// filename, and the scenarios get their ids from it. Every error is an [*InputError].
func ReadAll(filename string, r io.Reader) ([]*Scenario, error) { return script.ReadAll(filename, r) }

// Folder is what a directory of scenarios holds: see [script.Folder].
type Folder = script.Folder

// ReadFolder reads a directory, and says which YAML files in it are not scenarios; see
// [script.ReadFolder].
func ReadFolder(dir string) (*Folder, error) { return script.ReadFolder(dir) }

// Parse reads one scenario from data. Messages show the filename, and the scenario gets its id from
// it. The error is an [*InputError].
func Parse(filename string, data []byte) (*Scenario, error) { return script.Parse(filename, data) }

// Catalog lists the files of the built-in scenarios, ordered by id. A family is one entry.
func Catalog() []Entry { return catalog.All() }

// ReadCatalog reads the scenarios of each entry, in the order of the entries: see [catalog.Read].
func ReadCatalog(entries []Entry) ([][]*Scenario, error) { return catalog.Read(entries) }

// Find returns the built-in scenario, family or case with that id. For an unknown id the error is
// an [*InputError] whose hint names the most similar id.
func Find(id string) (Entry, error) { return catalog.Find(id) }

// JournalLine formats a record as one line: its times, the request, the response, the fault and how
// the exchange ended.
func JournalLine(r faultproxy.Record) string { return evidence.Line(r) }
