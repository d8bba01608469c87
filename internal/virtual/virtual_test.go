package virtual_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/virtual"
)

// The bound is a real second for each virtual hour: no pause of the machine is that long, and real
// time would exceed it.
func TestVirtualHoursTakeLessThanRealSeconds(t *testing.T) {
	const hours = 60
	began := time.Now()
	for range hours {
		var passed time.Duration
		err := virtual.Run(0, func(context.Context) error {
			start := time.Now()
			time.Sleep(time.Hour)
			passed = time.Since(start)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, time.Hour, passed)
	}
	require.Less(t, time.Since(began), hours*time.Second, "time was not virtual")
}

func TestConcurrentRunsHaveTheirOwnClocks(t *testing.T) {
	var group sync.WaitGroup
	ended := make([]time.Time, 8)
	for i := range ended {
		group.Go(func() {
			if err := virtual.Run(0, func(context.Context) error {
				time.Sleep(time.Duration(i) * time.Minute)
				ended[i] = time.Now()
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, end := range ended {
		require.Equal(t, time.Duration(i)*time.Minute, end.Sub(start))
	}
}

func TestRunReturnsTheFunctionsError(t *testing.T) {
	cause := errors.New("cause")
	require.ErrorIs(t, virtual.Run(time.Second, func(context.Context) error { return cause }), cause)
}

func TestTimeoutIsAHangAndCancelsTheContext(t *testing.T) {
	var cause error
	err := virtual.Run(time.Minute, func(ctx context.Context) error {
		<-ctx.Done()
		cause = context.Cause(ctx)
		time.Sleep(time.Hour)
		return nil
	})
	var hang *virtual.HangError
	require.ErrorAs(t, err, &hang)
	require.Equal(t, time.Minute, hang.Timeout)
	require.Contains(t, hang.Stacks, "TestTimeoutIsAHangAndCancelsTheContext")
	require.ErrorIs(t, cause, virtual.ErrHang)
	require.NotErrorIs(t, err, virtual.ErrLeak)
}

func TestBlockedGoroutineIsALeak(t *testing.T) {
	err := virtual.Run(0, func(context.Context) error {
		go leaveMeHere(make(chan int))
		return nil
	})
	var leak *virtual.LeakError
	require.ErrorAs(t, err, &leak)
	require.Contains(t, leak.Stacks, "leaveMeHere")
	require.NotContains(t, leak.Stacks, "tRunner", "stacks from outside the bubble")
}

func leaveMeHere(c chan int) { <-c }

func TestBlockedFunctionIsAHangAndALeak(t *testing.T) {
	err := virtual.Run(time.Second, func(context.Context) error {
		leaveMeHere(make(chan int))
		return nil
	})
	require.ErrorIs(t, err, virtual.ErrHang)
	require.ErrorIs(t, err, virtual.ErrLeak)
	leak, _ := errors.AsType[*virtual.LeakError](err)
	require.Equal(t, 1, strings.Count(leak.Stacks, "synctest bubble"),
		"the goroutines of package testing are not part of the leak:\n%s", leak.Stacks)
	require.Contains(t, leak.Stacks, "leaveMeHere")
}

func TestStacksAreThoseOfOneBubble(t *testing.T) {
	other := make(chan error, 1)
	hung, release := make(chan struct{}), make(chan struct{})
	go func() {
		other <- virtual.Run(0, func(context.Context) error {
			inAnotherBubble(hung, release)
			return nil
		})
	}()
	<-hung
	err := virtual.Run(0, func(context.Context) error {
		go leaveMeHere(make(chan int))
		return nil
	})
	close(release)
	require.NoError(t, <-other)
	leak, _ := errors.AsType[*virtual.LeakError](err)
	require.Contains(t, leak.Stacks, "leaveMeHere")
	require.NotContains(t, leak.Stacks, "inAnotherBubble")
}

func inAnotherBubble(hung chan<- struct{}, release <-chan struct{}) {
	close(hung)
	<-release
}

func TestFunctionThatExitsItsGoroutineIsErrExit(t *testing.T) {
	err := virtual.Run(0, func(context.Context) error {
		runtime.Goexit()
		return nil
	})
	require.ErrorIs(t, err, virtual.ErrExit)
	require.NotErrorIs(t, err, virtual.ErrLeak)
}

func TestNestedRunFailsWithoutLeak(t *testing.T) {
	err := virtual.Run(0, func(context.Context) error {
		return virtual.Run(0, func(context.Context) error { return nil })
	})
	require.ErrorContains(t, err, "within a synctest bubble")
	require.NotErrorIs(t, err, virtual.ErrLeak)
}

func TestPanicIsAnErrorWithItsStack(t *testing.T) {
	cause := errors.New("cause")
	err := virtual.Run(0, func(context.Context) error { panic(cause) })
	var p *virtual.PanicError
	require.ErrorAs(t, err, &p)
	require.ErrorIs(t, err, virtual.ErrPanic)
	require.ErrorIs(t, err, cause)
	require.Contains(t, string(p.Stack), "TestPanicIsAnErrorWithItsStack")
}
