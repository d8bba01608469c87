// Command ordinary uses virtual time outside of go test.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/internal/virtual"
)

func main() {
	var passed time.Duration
	err := virtual.Run(0, func(context.Context) error {
		start := time.Now()
		time.Sleep(time.Hour)
		passed = time.Since(start)
		return nil
	})
	fmt.Println(passed, err)
	err = virtual.Run(time.Second, func(ctx context.Context) error { <-ctx.Done(); return nil })
	fmt.Println("hang", errors.Is(err, virtual.ErrHang))
	err = virtual.Run(0, func(context.Context) error { go func() { select {} }(); return nil })
	fmt.Println("leak", errors.Is(err, virtual.ErrLeak))
	err = virtual.Run(0, func(context.Context) error { panic("at the disco") })
	fmt.Println("panic", errors.Is(err, virtual.ErrPanic))
}
