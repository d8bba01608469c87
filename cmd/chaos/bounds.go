package main

import "fmt"

// atLeast returns an error if the value of a flag is less than least.
func atLeast[T ~int | ~int64](flag string, value T, least int) error {
	if value < T(least) {
		return fmt.Errorf("%s %v: want %d or more", flag, value, least)
	}
	return nil
}
