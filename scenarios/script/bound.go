package script

import (
	"cmp"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Bound is a range of values. Both ends are inclusive, and either may be missing. The zero Bound
// contains every value.
type Bound[T cmp.Ordered] struct {
	strictyaml.Place
	min, max       T
	hasMin, hasMax bool
}

// The bounds that a scenario file can hold.
type (
	IntBound      = Bound[int]
	DurationBound = Bound[time.Duration]
	SizeBound     = Bound[Size]
)

// Exactly returns a bound that contains v only.
func Exactly[T cmp.Ordered](v T) Bound[T] { return Between(v, v) }

// Between returns a bound that contains the values from lo to hi.
func Between[T cmp.Ordered](lo, hi T) Bound[T] {
	return Bound[T]{min: lo, max: hi, hasMin: true, hasMax: true}
}

// AtLeast returns a bound that contains v and all larger values.
func AtLeast[T cmp.Ordered](v T) Bound[T] { return Bound[T]{min: v, hasMin: true} }

// AtMost returns a bound that contains v and all smaller values.
func AtMost[T cmp.Ordered](v T) Bound[T] { return Bound[T]{max: v, hasMax: true} }

// Contains reports whether v lies within the bound.
func (b Bound[T]) Contains(v T) bool {
	return (!b.hasMin || v >= b.min) && (!b.hasMax || v <= b.max)
}

// Min returns the lower end and whether the bound has one.
func (b Bound[T]) Min() (T, bool) { return b.min, b.hasMin }

// Max returns the upper end and whether the bound has one.
func (b Bound[T]) Max() (T, bool) { return b.max, b.hasMax }

// String prints the bound as the format writes it: "3", "{min: 3}", "{between: [2s, 2.5s]}".
func (b Bound[T]) String() string {
	switch {
	case b.hasMin && b.hasMax && b.min == b.max:
		return fmt.Sprint(b.min)
	case b.hasMin && b.hasMax:
		return fmt.Sprintf("{between: [%v, %v]}", b.min, b.max)
	case b.hasMin:
		return fmt.Sprintf("{min: %v}", b.min)
	case b.hasMax:
		return fmt.Sprintf("{max: %v}", b.max)
	}
	return "{}"
}

// String prints the bound as the format writes it: "3", "{of: PutObject, exactly: 3}".
func (c CountBound) String() string {
	if c.Of == "" {
		return c.IntBound.String()
	}
	lo, hasLo := c.Min()
	hi, hasHi := c.Max()
	switch {
	case hasLo && hasHi && lo == hi:
		return fmt.Sprintf("{of: %s, exactly: %d}", c.Of, lo)
	case hasLo && hasHi:
		return fmt.Sprintf("{of: %s, between: [%d, %d]}", c.Of, lo, hi)
	case hasLo:
		return fmt.Sprintf("{of: %s, min: %d}", c.Of, lo)
	}
	return fmt.Sprintf("{of: %s, max: %d}", c.Of, hi)
}
