// Package scripted plays the operation of a `call` step: [Operation].
//
// The operation does in each attempt what the file says, and notes what it saw: when the attempt
// began and ended, and what its context allowed. So it is a witness of the retry engine that runs
// it, and independent of what the engine says of itself.
package scripted
