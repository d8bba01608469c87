// Command ordinary uses virtual time in a program that is not a test.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/virtual"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "race" {
		fmt.Println(virtual.Run(0, race))
		return
	}
	began := time.Now()
	hours := 0
	for range 60 {
		if virtual.Run(0, hour) == nil {
			hours++
		}
	}
	fmt.Println("hours", hours, "in less than a minute:", time.Since(began) < time.Minute)

	err := virtual.Run(time.Second, func(ctx context.Context) error { <-ctx.Done(); return nil })
	fmt.Println("hang", errors.Is(err, virtual.ErrHang))
	err = virtual.Run(0, func(context.Context) error { go func() { select {} }(); return nil })
	fmt.Println("leak", errors.Is(err, virtual.ErrLeak))
	err = virtual.Run(0, func(context.Context) error { panic("at the disco") })
	fmt.Println("panic", errors.Is(err, virtual.ErrPanic))
	err = virtual.Run(0, func(context.Context) error { runtime.Goexit(); return nil })
	fmt.Println("exit", errors.Is(err, virtual.ErrExit))
}

func hour(context.Context) error {
	start := time.Now()
	time.Sleep(time.Hour)
	if time.Since(start) != time.Hour {
		return errors.New("not an hour")
	}
	return nil
}

// race has a data race on purpose.
func race(context.Context) error {
	shared := 0
	var group sync.WaitGroup
	group.Go(func() { shared++ })
	group.Go(func() { shared++ })
	group.Wait()
	return nil
}
