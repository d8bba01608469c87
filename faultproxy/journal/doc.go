// Package journal records what a fault proxy received and what became of it: [Journal.Records]
// returns the records, [Journal.Follow] streams them, and [Journal.Hash] tells whether two drills
// were the same.
//
// Each request is a [Record], from its arrival on. When the exchange ends, the record gets its
// statuses, sizes, digests, and the word for how it ended ([EndComplete] and the others). A
// connection that a fault prevents is a record too. [Journal.Logical] groups the attempts of the
// same request, and [Journal.WriteNDJSON] and [Journal.WriteHAR] export the journal. Secrets are
// redacted in all of these.
//
// The proxy writes through a [Writer], which programs that read a journal never need.
package journal
