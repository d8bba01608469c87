package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// drillLabel is the profiler label of a drill's client in real time. Its goroutines inherit the
// label, so a goroutine that still has it after the drill is a leak. In virtual time synctest finds
// leaks.
const drillLabel = "s3chaos_drill"

var drills atomic.Int64

// labelled returns a new label and a function that runs f with it.
func labelled(ctx context.Context, f func(context.Context)) (label string, run func()) {
	label = fmt.Sprint(drills.Add(1))
	return label, func() { pprof.Do(ctx, pprof.Labels(drillLabel, label), f) }
}

// leakPatience is how long goroutines may take to end after the drill, in real time.
const leakPatience = 2 * time.Second

// leftBehind returns the functions in which goroutines with the label still run after leakPatience.
func leftBehind(label string) []string {
	for deadline := time.Now().Add(leakPatience); ; {
		places := labelledPlaces(label)
		if len(places) == 0 || time.Now().After(deadline) {
			return places
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func labelledPlaces(label string) []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{"goroutines that cannot be listed: " + err.Error()}
	}
	var places []string
	mark := fmt.Sprintf("%q:%q", drillLabel, label)
	for block := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(block, mark) {
			continue
		}
		var functions []string
		for line := range strings.SplitSeq(block, "\n") {
			// "#	0x4a3b2c	net/http.(*persistConn).readLoop+0x123	/src/net/http/transport.go:2325"
			if fields := strings.Split(line, "\t"); len(fields) >= 3 && strings.HasPrefix(fields[1], "0x") {
				function, _, _ := strings.Cut(strings.TrimSpace(fields[2]), "+0x")
				functions = append(functions, function)
			}
		}
		if place := placeOf(functions); place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

// placeOf returns where a leaked goroutine with this stack runs, or "" for a goroutine of the drill
// itself, which waits for the client or plays an attempt of a call.
func placeOf(functions []string) string {
	const own = "github.com/s3chaos/s3chaos/scenarios"
	i := slices.IndexFunc(functions, outside)
	if i < 0 {
		return "a goroutine"
	}
	for _, waiting := range []string{".(*player).", ".callWithin", "/internal/scripted."} {
		if strings.HasPrefix(functions[i], own+waiting) {
			return ""
		}
	}
	return "a goroutine in " + functions[i]
}

// outside reports whether a function is outside the runtime and the packages that only show that a
// goroutine waits.
func outside(function string) bool {
	for _, prefix := range []string{"runtime.", "internal/", "sync.", "time.", "syscall."} {
		if strings.HasPrefix(function, prefix) {
			return false
		}
	}
	return true
}
