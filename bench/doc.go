// Package bench compares this module with its peers. It is a module of its own
// so that no peer enters the other one's go.mod. See README.md.
package bench
