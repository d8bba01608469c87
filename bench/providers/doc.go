// Package providers shows how the clients of other storage providers use the retry engine: Azure
// Blob Storage, Google Cloud Storage and SFTP. Each function is short enough to copy.
//
// The rules are the same for each:
//
//   - Turn the client's own retries off, so that attempts do not multiply.
//   - Put the opening and the reading into one operation, so that a body that breaks is retried.
//   - Let retry.Classify read the client's errors: it knows them by their shape.
//
// The package is a module of its own, so that no SDK enters the go.mod of the engine.
package providers
