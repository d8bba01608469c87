// Package active tells instrumented code which of its mutants acts: [On], and the operators that
// use it.
//
// [github.com/s3chaos/s3chaos/internal/mutation] writes calls of these functions into a copy of a
// package. The environment names one mutant, so that one build serves all of them:
//
//	S3CHAOS_MUTANT=17 ./program
//
// Without the variable the copy behaves like the original.
package active

import (
	"cmp"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

// Environment variables that the package reads once.
const (
	// Mutant is the number of the mutant that acts, from 1. Empty means none.
	Mutant = "S3CHAOS_MUTANT"
	// Trace is a file to which the number of each mutant is appended, one a line, when the program
	// first gets to it. Empty means no trace; "-" means a trace without a file, for [Take].
	Trace = "S3CHAOS_REACHED"
)

// Most is the highest number of a mutant.
const Most = 1<<15 - 1

var (
	chosen  = number(os.Getenv(Mutant))
	tracing = os.Getenv(Trace) != ""

	reached [Most + 1]atomic.Bool
	mu      sync.Mutex
	file    *os.File // nil: not open yet, or no file
)

// number returns the number that text holds, or 0.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// On reports whether the mutant acts. The program has reached the mutant's place.
func On(id int) bool {
	if tracing && !reached[id].Load() {
		mark(id)
	}
	return id == chosen
}

// mark notes that the program has reached the mutant. It panics if the trace cannot be written: a
// trace with gaps would hide mutants.
func mark(id int) {
	if !reached[id].CompareAndSwap(false, true) {
		return
	}
	path := os.Getenv(Trace)
	if path == "-" {
		return
	}
	mu.Lock()
	defer mu.Unlock()
	if file == nil {
		opened, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		file = opened
	}
	if _, err := file.WriteString(strconv.Itoa(id) + "\n"); err != nil {
		panic(err)
	}
}

// Take returns the mutants that the program has reached since the last call, in order.
func Take() []int {
	var ids []int
	for id := range reached {
		if reached[id].Swap(false) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Less is a < b; its mutant is a <= b.
func Less[T cmp.Ordered](id int, a, b T) bool {
	if On(id) {
		return a <= b
	}
	return a < b
}

// LessEqual is a <= b; its mutant is a < b.
func LessEqual[T cmp.Ordered](id int, a, b T) bool {
	if On(id) {
		return a < b
	}
	return a <= b
}

// Greater is a > b; its mutant is a >= b.
func Greater[T cmp.Ordered](id int, a, b T) bool { return Less(id, b, a) }

// GreaterEqual is a >= b; its mutant is a > b.
func GreaterEqual[T cmp.Ordered](id int, a, b T) bool { return LessEqual(id, b, a) }

type numeric interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64
}

// Add is a + b; its mutant is a - b.
func Add[T numeric](id int, a, b T) T {
	if On(id) {
		return a - b
	}
	return a + b
}

// Sub is a - b; its mutant is a + b.
func Sub[T numeric](id int, a, b T) T {
	if On(id) {
		return a + b
	}
	return a - b
}

// Mul is a * b; its mutant is a / b, which panics for integers if b is 0.
func Mul[T numeric](id int, a, b T) T {
	if On(id) {
		return a / b
	}
	return a * b
}

// Div is a / b; its mutant is a * b.
func Div[T numeric](id int, a, b T) T {
	if On(id) {
		return a * b
	}
	return a / b
}

// Err is err; its mutant is nil.
func Err(id int, err error) error {
	if On(id) {
		return nil
	}
	return err
}
