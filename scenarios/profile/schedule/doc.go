// Package schedule reads a back-off schedule back from the waits it gave: [Read] returns the window
// of each wait, and the laws that make such windows.
package schedule
