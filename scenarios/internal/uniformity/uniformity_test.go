package uniformity_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/internal/uniformity"
)

// The limits of Kolmogorov: 5 % of all samples have λ = 1.3581 or more, 1 % have 1.6276.
func TestDistanceHasTheProbabilityOfTheTables(t *testing.T) {
	const n = 10_000
	for distance, p := range map[float64]float64{1.3581 / 100: 0.05, 1.6276 / 100: 0.01, 0.2 / 100: 1, 0.5: 0} {
		numbers := make([]float64, n)
		for i := range numbers {
			numbers[i] = min(1, (float64(i)+0.5)/n+distance) // the even distribution, shifted
		}
		r := uniformity.Test(numbers)
		require.Equal(t, n, r.N)
		require.InDelta(t, distance, r.D, 1e-3)
		require.InDelta(t, p, r.P, 2e-3)
	}
	require.Equal(t, uniformity.Result{P: 1}, uniformity.Test(nil))
	require.Equal(t, 1.0, uniformity.Test([]float64{-3}).D)
}

// Even numbers are accepted as often as the p-value says, and the worst of many is no outlier.
func TestEvenNumbersAreRarelyDoubted(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	below, least := 0, 1.0
	for range 2000 {
		numbers := make([]float64, 300)
		for i := range numbers {
			numbers[i] = draw.Float64()
		}
		r := min(uniformity.Independent(numbers).P, uniformity.Test(numbers).P)
		least = min(least, r)
		if r < 0.01 {
			below++
		}
	}
	require.InDelta(t, 40, below, 25, "2 % of 2000")
	require.Greater(t, least, 1e-6)
}

func TestNumbersThatFollowFromEachOtherAreDoubted(t *testing.T) {
	even := make([]float64, 300)
	for i := range even {
		even[i] = float64(i) / 300
	}
	require.Less(t, uniformity.Independent(even).P, 1e-9)
	require.Equal(t, 1.0, uniformity.Test(even).P)
}
