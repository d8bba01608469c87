package virtual_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/internal/virtual"
)

func ExampleRun() {
	err := virtual.Run(time.Hour, func(ctx context.Context) error {
		start := time.Now()
		time.Sleep(30 * time.Second)
		fmt.Println("it is", start.Format(time.DateOnly), "and", time.Since(start), "have passed")

		<-ctx.Done() // blocks until the timeout
		fmt.Println(context.Cause(ctx))
		return nil
	})
	fmt.Println(errors.Is(err, virtual.ErrHang), err)
	// Output:
	// it is 2000-01-01 and 30s have passed
	// still busy at the end of its timeout
	// true still busy at the end of its timeout: 1h0m0s
}
