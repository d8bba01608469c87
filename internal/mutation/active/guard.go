package active

import (
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"time"
)

// Environment variables by which the process that runs a mutant bounds it.
const (
	// Parent is the process ID of the parent, without which the program ends. A process with
	// another parent ignores it: the tests of a mutant start programs too.
	Parent = "S3CHAOS_MUTANT_PARENT"
	// Memory is how many bytes the program may take from the system. 0 or empty means no bound.
	Memory = "S3CHAOS_MUTANT_MEMORY"
)

// guardEvery is how often the program looks after its parent and its memory, in real time.
const guardEvery = 100 * time.Millisecond

func init() {
	if parent := number(os.Getenv(Parent)); parent > 0 && parent == os.Getppid() {
		limit, _ := strconv.ParseUint(os.Getenv(Memory), 10, 64) // without a number there is no bound
		guard{parent, limit}.again()
	}
}

// guard ends the program, and what it has started, when its parent has ended or when it has more
// than limit bytes of memory. It has no goroutine of its own, which tests would take for a leak.
type guard struct {
	parent int
	limit  uint64 // 0: none
}

func (g guard) again() { time.AfterFunc(guardEvery, g.look) }

func (g guard) look() {
	taken := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(taken)
	switch {
	case os.Getppid() != g.parent:
		end("its parent has ended")
	case g.limit > 0 && taken[0].Value.Uint64() > g.limit:
		end(fmt.Sprintf("it took more than %d bytes of memory", g.limit))
	}
	g.again()
}

// end says why the program ends, and ends it.
func end(why string) {
	fmt.Fprintln(os.Stderr, "the mutant was stopped:", why)
	killGroup()
	os.Exit(1)
}
