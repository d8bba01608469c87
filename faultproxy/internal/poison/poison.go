// Package poison finds reads of memory that was already released: [Fill] overwrites such memory,
// but only in builds with the race detector.
//
// The proxy uses buffers again, and returns strings that are views of them. Code must clone a
// string that it keeps for longer than the buffer is in use. Without poison, a missing clone shows
// only once the buffer was filled again. With it, tests under -race read poison at once.
package poison

// Byte is the byte that Fill writes. It occurs neither in valid UTF-8 nor in an HTTP head.
const Byte = 0xfb
