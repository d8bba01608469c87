package guide

import (
	"fmt"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// The kinds of jitter in the order in which the guide tells of them.
var jitters = []retry.Jitter{
	retry.JitterNone, retry.JitterAdditive, retry.JitterFull,
	retry.JitterEqual, retry.JitterDecorrelated, retry.JitterProportional,
}

// A plot's measures, in pixels. One pixel up is a tenth of a second.
const (
	plotAttempts = 8
	plotColumn   = 64
	plotLeft     = 52
	plotTop      = 34
	plotHeight   = 300
	plotWidth    = plotLeft + plotAttempts*plotColumn + 16
	plotTall     = plotTop + plotHeight + 46
	plotDots     = 90 // clients that draw a delay for each attempt
)

// plot draws the default schedule with the given jitter: what it allows as bands, the delay before
// jitter as lines, and what 90 clients draw as dots.
func plot(jitter retry.Jitter) string {
	b := retry.Backoff{Jitter: jitter, Seed: 1}
	plain := retry.Backoff{Jitter: retry.JitterNone}
	var s strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Delays with %s jitter">`, plotWidth, plotTall, plotWidth, plotTall, jitter)
	p(`<style>`)
	p(`text { font: 12px sans-serif; fill: #444 } .title { font-size: 14px; font-weight: bold; fill: #222 }`)
	p(`.paper { fill: #fff } .grid { stroke: #ddd } .band { fill: #4e79a7; opacity: .18 } .base { stroke: #e15759; stroke-width: 2 } .dot { fill: #4e79a7; opacity: .7 }`)
	p(`@media (prefers-color-scheme: dark) { text { fill: #bbb } .title { fill: #eee } .paper { fill: #16181c } .grid { stroke: #333 } .band { opacity: .3 } }`)
	p(`</style>`)
	p(`<rect class="paper" width="%d" height="%d"/>`, plotWidth, plotTall)
	p(`<text class="title" x="%d" y="20">%s jitter</text>`, plotLeft, jitter)
	for seconds := 0; seconds <= 30; seconds += 5 {
		y := plotY(time.Duration(seconds) * time.Second)
		p(`<line class="grid" x1="%d" y1="%d" x2="%d" y2="%d"/><text x="%d" y="%d" text-anchor="end">%d s</text>`,
			plotLeft, y, plotWidth-16, y, plotLeft-8, y+4, seconds)
	}
	for attempt := 1; attempt <= plotAttempts; attempt++ {
		x := plotLeft + (attempt-1)*plotColumn
		shortest, longest := b.Bounds(attempt)
		top := plotY(longest)
		p(`<rect class="band" x="%d" y="%d" width="%d" height="%d"/>`, x+6, top, plotColumn-12,
			max(plotY(shortest)-top, 1))
		for client := range plotDots {
			d := b.Delay(fmt.Sprint("client ", client), attempt)
			p(`<circle class="dot" cx="%d" cy="%d" r="1.5"/>`, x+10+client*(plotColumn-20)/(plotDots-1), plotY(d))
		}
		y := plotY(plain.Delay("", attempt))
		p(`<line class="base" x1="%d" y1="%d" x2="%d" y2="%d"/>`, x+6, y, x+plotColumn-6, y)
		p(`<text x="%d" y="%d" text-anchor="middle">%d</text>`, x+plotColumn/2, plotTop+plotHeight+18, attempt)
	}
	p(`<text x="%d" y="%d" text-anchor="middle">after attempt</text>`, (plotLeft+plotWidth)/2, plotTop+plotHeight+36)
	p(`</svg>`)
	return s.String()
}

// plotY is where a delay lies.
func plotY(d time.Duration) int {
	return plotTop + plotHeight - int(d*plotHeight/(30*time.Second))
}
