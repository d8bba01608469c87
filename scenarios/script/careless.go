package script

import (
	"slices"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Careless configures the client that exists to be caught: plain HTTP without a retry, right but
// for what it ignores. It takes steps, or, with Does, behaves as a program.
type Careless struct {
	strictyaml.Block `yaml:"-"`
	Ignores          []Blindness `yaml:"ignores"`
	Does             []Intent    `yaml:"does"` // nil: the steps
}

// Blindness is one thing that the careless client does not look at, or does not do.
type Blindness string

// What a careless client can ignore.
const (
	BlindStatus     Blindness = "status"     // takes an error's status for success
	BlindBody       Blindness = "body"       // looks neither for an error in a body nor for the sender of a response
	BlindLength     Blindness = "length"     // takes a body that breaks off for whole
	BlindErrors     Blindness = "errors"     // takes no response for success
	BlindPages      Blindness = "pages"      // reads the first page of a list only
	BlindAtomicity  Blindness = "atomicity"  // stores half an object, then the whole
	BlindTarget     Blindness = "target"     // writes into the target file, even if it fails
	BlindOld        Blindness = "old"        // deletes the old object or file first
	BlindResult     Blindness = "result"     // deletes the source of a move whatever came of the copy
	BlindAbort      Blindness = "abort"      // leaves a failed multipart upload open
	BlindLookup     Blindness = "lookup"     // does not look what a lost response has done
	BlindTime       Blindness = "time"       // waits for ever
	BlindGoroutines Blindness = "goroutines" // leaves a goroutine behind
	BlindEnd        Blindness = "end"        // sends a request after its end
)

var blindnesses = []Blindness{
	BlindStatus, BlindBody, BlindLength, BlindErrors, BlindPages, BlindAtomicity, BlindTarget,
	BlindOld, BlindResult, BlindAbort, BlindLookup, BlindTime, BlindGoroutines, BlindEnd,
}

// Blind reports whether the client ignores b.
func (c *Careless) Blind(b Blindness) bool { return slices.Contains(c.Ignores, b) }

// Program reports whether the scenario's client is judged by its exit status: a run client, or a
// careless one that has something to do besides steps.
func (c ClientSpec) Program() bool {
	return c.Run != nil || c.Careless != nil && c.Careless.Does != nil
}
