// Package uniformity tests whether numbers are drawn evenly from the interval from 0 to 1: [Test],
// and [Independent] for numbers that come one after another.
package uniformity

import (
	"math"
	"slices"
)

// A Result is what a test of Kolmogorov and Smirnov says.
type Result struct {
	N int     // how many numbers
	D float64 // the largest distance between their distribution and the even one
	P float64 // the probability of such a distance or a larger one, if the numbers are drawn evenly
}

// Test compares numbers with the even distribution. Numbers below 0 count as 0, numbers above 1 as
// 1. It changes their order. Without numbers P is 1.
func Test(numbers []float64) Result {
	r := Result{N: len(numbers), P: 1}
	if r.N == 0 {
		return r
	}
	slices.Sort(numbers)
	n := float64(r.N)
	for i, x := range numbers {
		x = min(1, max(0, x))
		r.D = max(r.D, x-float64(i)/n, float64(i+1)/n-x)
	}
	r.P = exceeds(r.D, n)
	return r
}

// Independent tests whether each number tells nothing of the next: the differences of neighbours,
// modulo 1, are then evenly distributed too.
func Independent(numbers []float64) Result {
	var steps []float64
	for i := 1; i < len(numbers); i++ {
		step := numbers[i] - numbers[i-1]
		steps = append(steps, step-math.Floor(step))
	}
	return Test(steps)
}

// exceeds returns the probability of a distance of d or more among n numbers: the limit of
// Kolmogorov for many numbers, with a correction for few.
func exceeds(d, n float64) float64 {
	root := math.Sqrt(n)
	lambda := (root + 0.12 + 0.11/root) * d
	if lambda < 0.3 { // the series converges slowly, and the probability is above 0.99999
		return 1
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		term := math.Exp(-2 * k * k * lambda * lambda)
		sum += sign * term
		if term < 1e-300 {
			break
		}
		sign = -sign
	}
	return min(1, max(0, 2*sum))
}
