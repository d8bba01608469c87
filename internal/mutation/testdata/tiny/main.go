// Command tiny has mutants of all kinds, and notices most of them.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	fmt.Println("start")
	if sum(3) != 3 || larger(2, 1) != 2 || larger(1, 2) != 2 || refuse(true, true) == nil || refuse(true, false) != nil ||
		!even(4) || even(3) {
		os.Exit(1)
	}
}

// sum never ends without its second statement.
func sum(n int) int {
	total := 0
	for n > 0 {
		n--
		total += n
	}
	return total
}

// larger returns the same with > for >=.
func larger(a, b int) int {
	if a >= b {
		return a
	}
	return b
}

func refuse(asked, dangerous bool) error {
	err := errors.New("refused")
	if asked && dangerous {
		return err
	}
	return nil
}

type parity bool

// even has a condition of a named type, which has no mutants.
func even(n int) bool {
	var odd parity = n%2 == 1
	if odd {
		return false
	}
	return true
}
