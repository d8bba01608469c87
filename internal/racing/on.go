//go:build race

package racing

// On says whether the race detector is on. It makes code about ten times as slow, so that tests
// which compute much on one goroutine do less then.
const On = true
