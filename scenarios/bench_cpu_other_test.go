//go:build !unix

package scenarios_test

import "time"

// processorTime returns 0: this system does not tell it.
func processorTime() time.Duration { return 0 }
