package faultproxy

// history is the answers of the past.
type history struct{}

func newHistory() *history { return &history{} }
