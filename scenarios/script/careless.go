package script

import (
	"slices"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Careless configures a client that the oracle must catch. It sends plain HTTP without retries and
// is correct except for what it ignores. It takes the steps; if Does is set, it behaves as a
// program.
type Careless struct {
	strictyaml.Block `yaml:"-"`
	Ignores          []Blindness `yaml:"ignores"`
	Does             []Intent    `yaml:"does"` // nil: the steps
}

// Blindness names a thing that the careless client ignores.
type Blindness string

// The things that a careless client can ignore.
const (
	BlindStatus     Blindness = "status"     // treats an error status as success
	BlindBody       Blindness = "body"       // checks neither for an error in a body nor for the sender of a response
	BlindLength     Blindness = "length"     // treats a truncated body as complete
	BlindErrors     Blindness = "errors"     // treats a missing response as success
	BlindPages      Blindness = "pages"      // reads only the first page of a list
	BlindAtomicity  Blindness = "atomicity"  // stores half of an object, then all of it
	BlindTarget     Blindness = "target"     // writes into the target file, even if it fails
	BlindOld        Blindness = "old"        // deletes the old object or file first
	BlindResult     Blindness = "result"     // deletes the source of a move even if the copy failed
	BlindAbort      Blindness = "abort"      // leaves a failed multipart upload open
	BlindLookup     Blindness = "lookup"     // does not look up the outcome after a lost response
	BlindTime       Blindness = "time"       // waits without a time limit
	BlindGoroutines Blindness = "goroutines" // leaves a goroutine behind
	BlindEnd        Blindness = "end"        // sends a request after it has returned
	BlindCondition  Blindness = "condition"  // writes unconditionally where a condition is asked for
	BlindVersion    Blindness = "version"    // deletes the current version where another is asked for
)

var blindnesses = []Blindness{
	BlindStatus, BlindBody, BlindLength, BlindErrors, BlindPages, BlindAtomicity, BlindTarget,
	BlindOld, BlindResult, BlindAbort, BlindLookup, BlindTime, BlindGoroutines, BlindEnd,
	BlindCondition, BlindVersion,
}

// Blind reports whether the client ignores b.
func (c *Careless) Blind(b Blindness) bool { return slices.Contains(c.Ignores, b) }

// Program reports whether the client is judged by its exit status. This holds for a run client, and
// for a careless client with Does.
func (c ClientSpec) Program() bool {
	return c.Run != nil || c.Careless != nil && c.Careless.Does != nil
}
