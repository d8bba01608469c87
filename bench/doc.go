// Package bench compares the retry engine with other retry libraries. It is a separate module, so
// that these libraries do not enter the go.mod of the main module. README.md describes how to run
// it.
package bench
