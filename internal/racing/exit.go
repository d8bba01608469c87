// Package racing is for tests with the race detector: [On] says whether they run with it, and
// [Variable] and [Value] let the processes that they start end at once.
package racing

// A process with the race detector sleeps for a second when it ends, in case a goroutine that still
// runs meets a race. Tests that start hundreds of processes would mostly sleep. This setting of the
// environment ends them at once; without the race detector it has no effect. See
// https://go.dev/doc/articles/race_detector#Options.
const (
	Variable = "GORACE"
	Value    = "atexit_sleep_ms=0"
)

// Setting is the variable with its value, as package os/exec takes it.
const Setting = Variable + "=" + Value
