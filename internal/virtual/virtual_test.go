package virtual_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/virtual"
)

func TestAnHourPassesInLessThanASecond(t *testing.T) {
	began := time.Now()
	var passed time.Duration
	err := virtual.Run(0, func(context.Context) error {
		start := time.Now()
		time.Sleep(time.Hour)
		passed = time.Since(start)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, time.Hour, passed)
	require.Less(t, time.Since(began), time.Second, "time was not virtual")
}

func TestBubblesRunBesideEachOtherOnTheirOwnClocks(t *testing.T) {
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

func TestTheFunctionsErrorComesBack(t *testing.T) {
	cause := errors.New("cause")
	require.ErrorIs(t, virtual.Run(time.Second, func(context.Context) error { return cause }), cause)
}

func TestHangIsAnErrorAndCancelsTheContext(t *testing.T) {
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
	require.Contains(t, hang.Stacks, "TestHangIsAnErrorAndCancelsTheContext")
	require.ErrorIs(t, cause, virtual.ErrHang)
	require.NotErrorIs(t, err, virtual.ErrLeak)
}

func TestAGoroutineLeftBlockedIsALeak(t *testing.T) {
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

func TestAFunctionThatNeverReturnsIsAHangAndALeak(t *testing.T) {
	err := virtual.Run(time.Second, func(context.Context) error {
		leaveMeHere(make(chan int))
		return nil
	})
	require.ErrorIs(t, err, virtual.ErrHang)
	require.ErrorIs(t, err, virtual.ErrLeak)
}

func TestAPanicIsAnErrorWithItsStack(t *testing.T) {
	cause := errors.New("cause")
	err := virtual.Run(0, func(context.Context) error { panic(cause) })
	var p *virtual.PanicError
	require.ErrorAs(t, err, &p)
	require.ErrorIs(t, err, virtual.ErrPanic)
	require.ErrorIs(t, err, cause)
	require.Contains(t, string(p.Stack), "TestAPanicIsAnErrorWithItsStack")
}

// The mechanism belongs to package testing: this notices if a Go release takes it away from ordinary programs,
// or begins to print from inside it.
func TestItWorksInAnOrdinaryBinary(t *testing.T) {
	dir := filepath.Join("testdata", "ordinary")
	binary := filepath.Join(t.TempDir(), "ordinary")
	build := exec.Command("go", "build", "-o", binary, "./"+filepath.ToSlash(dir))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command(binary).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, []string{"1h0m0s <nil>", "hang true", "leak true", "panic true"}, strings.Split(strings.TrimSpace(string(out)), "\n"))
}
