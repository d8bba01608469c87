package retry

// Breaker stops calls to a server that fails.
type Breaker struct{}

func (b *Breaker) idle() bool           { return true }
func (b *Breaker) allow(string) bool    { return true }
func (b *Breaker) record(string, Class) {}
