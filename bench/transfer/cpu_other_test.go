//go:build !unix

package transfer

import "time"

// cpuTime returns 0: this operating system does not report the processor time.
func cpuTime() time.Duration { return 0 }
