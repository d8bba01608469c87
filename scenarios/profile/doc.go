// Package profile measures the retry policy of an S3 client from outside: [Measure] drills the
// client with a few hundred small scenarios, and returns what their journals say of its attempts,
// waits, hints, quota and timeouts.
//
// A profile has facts, which are numbers with the interval in which they lie, and readings, which
// are the names that would explain them. Where several names explain the same facts, it gives all
// of them; where a fact cannot be observed, it says why.
package profile
