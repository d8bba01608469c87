package faultproxy_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// One drill, a reset, and the same drill again: the journals are the same, draws included.
func TestResetBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.LabConfig{Seed: 5}.New(t, echo)
		addRule(t, lab, "times: 3, probability: 0.5, respond: {status: 503}")
		addRule(t, lab, "during: [2s, 3s], refuse: {}")
		drill := func() (hash string, count int) {
			for range 4 {
				together(t.Context(), lab, lab.HTTPClient(), 4)
				time.Sleep(900 * time.Millisecond)
			}
			return lab.Journal().Hash(), lab.Journal().Count("GetObject")
		}
		first, count := drill()
		require.Equal(t, 16, count+refused(lab))
		require.NotZero(t, refused(lab))
		time.Sleep(time.Minute)
		lab.HTTPClient().CloseIdleConnections()
		lab.Proxy().Reset()
		require.Empty(t, lab.Journal().Records())
		require.Equal(t, []int{0, 0}, lab.Proxy().Rules().Fired())
		again, _ := drill()
		require.Equal(t, first, again)
	})
}

// refused counts the dials that a fault prevented.
func refused(lab *faulttest.Lab) (n int) {
	for _, r := range lab.Journal().Records() {
		if r.Kind == "connection" {
			n++
		}
	}
	return n
}

func TestExchangeUnderWayAtAResetIsNotInTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		addRule(t, lab, "times: 1, latency: {delay: 10s}")
		var group sync.WaitGroup
		group.Go(func() { assert.NoError(t, fetch(t.Context(), lab.HTTPClient(), lab.URL()+"/demo/old")) })
		time.Sleep(time.Second)
		lab.Proxy().Rules().Remove(1)
		lab.Proxy().Reset()
		require.Zero(t, lab.Journal().InFlight())
		require.NoError(t, fetch(t.Context(), lab.HTTPClient(), lab.URL()+"/demo/new"))
		group.Wait()
		time.Sleep(time.Second)
		records := lab.Journal().Records()
		require.Len(t, records, 1)
		assert.Equal(t, "new", records[0].Key)
		assert.Equal(t, 1, records[0].Seq)
		assert.Zero(t, lab.Journal().InFlight())
	})
}
