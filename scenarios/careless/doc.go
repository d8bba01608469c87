// Package careless is the client that the oracle must catch: [New], then its operations, or
// [Client.Perform].
//
// It speaks plain HTTP, without a signature and without a retry, and is right but for what its
// scenario says that it ignores. The catalog plays it with one blind spot at a time, so that a run
// of the catalog notices an oracle that has gone blind.
package careless
