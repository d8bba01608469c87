package profile

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMostTellingDrillGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate{free: 1}
		assert.True(t, g.enter(t.Context(), samples))
		var order []int
		var all sync.WaitGroup
		for _, priority := range []int{samples, further, urgent, telling} {
			all.Go(func() {
				assert.True(t, g.enter(t.Context(), priority))
				order = append(order, priority) // one drill at a time
				g.leave()
			})
			synctest.Wait()
		}
		g.leave()
		all.Wait()
		assert.Equal(t, []int{urgent, telling, further, samples}, order)
	})
}

func TestDrillWhoseTimeIsOverGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate{free: 1}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // a select between two ready cases takes either
			assert.False(t, g.enter(ended, telling))
		}
		assert.Equal(t, 1, g.free)

		assert.True(t, g.enter(t.Context(), telling))
		bounded, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.False(t, g.enter(bounded, telling))
		g.leave()
		assert.True(t, g.enter(t.Context(), samples), "the drill that left waits no more")
	})
}
