package retry

import (
	"sync/atomic"
)

// Budget limits retries.
type Budget struct{ level atomic.Int64 }

func (b *Budget) idle(string) bool                                      { return true }
func (b *Budget) fail(key string, class Class, last bool) (int64, bool) { return 0, true }
func (b *Budget) giveBack(key string, cost int64)                       {}
func (b *Budget) succeed(key string, paid int64)                        {}
