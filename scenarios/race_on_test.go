//go:build race

package scenarios_test

// raced says whether the tests run with the race detector, which makes a drill several times as
// slow.
const raced = true
