package scenarios

// WithoutLatency are options under which the scheduler's luck shows.
func WithoutLatency() Options { return Options{withoutLatency: true} }
