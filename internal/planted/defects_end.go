package planted

import (
	"context"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// endDefects are clients that are not done when they return, or that return late.
func endDefects() []Defect {
	return []Defect{
		flawed(
			"leaves-a-goroutine", "leaves a goroutine behind",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				go func() { <-make(chan struct{}) }()
				return do()
			},
		),
		flawed(
			"goes-on-after-the-end", "sends a request when it has returned",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				ctx := context.WithoutCancel(a.ctx)
				time.AfterFunc(time.Second, func() { _, _ = a.client.Exists(ctx, a.bucket, "after the end") })
				return do()
			},
		),
		flawed(
			"sleeps-after-the-end", "sleeps a minute before it returns",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				defer time.Sleep(time.Minute)
				return do()
			},
		),
	}
}
