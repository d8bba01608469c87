// Package poison finds memory that is read after it was given back: [Fill] overwrites it, but only
// in builds with the race detector.
//
// The proxy uses buffers again and hands out strings that are views of them. A string that outlives
// its buffer must be cloned. Without poison a forgotten clone shows only when the memory has been
// used again. With it, tests under -race read poison at once.
package poison

// Byte is what Fill writes. It is no part of valid UTF-8 and of no HTTP head.
const Byte = 0xfb
