package guide

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/retry"
)

// herdPlot draws how many calls each tenth of the first nine seconds of a stampede sees, a strip
// for each jitter. What the server bears is a line.
func herdPlot(herds map[retry.Jitter]herd) string {
	const (
		left, strip, width, tenths = 104, 70, 8, 90
		all                        = left + tenths*width + 16
	)
	tall := 40 + len(jitters)*strip + 30
	var s strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Calls in every tenth of a second, by jitter">`, all, tall, all, tall)
	p(`<style>`)
	p(`text { font: 12px sans-serif; fill: #444 } .title { font-size: 14px; font-weight: bold; fill: #222 }`)
	p(`.paper { fill: #fff } .axis { stroke: #aaa } .call { fill: #4e79a7 } .limit { stroke: #e15759; stroke-dasharray: 3 3 }`)
	p(`@media (prefers-color-scheme: dark) { text { fill: #bbb } .title { fill: #eee } .paper { fill: #16181c } .axis { stroke: #555 } }`)
	p(`</style>`)
	p(`<rect class="paper" width="%d" height="%d"/>`, all, tall)
	p(`<text class="title" x="%d" y="20">Calls in every tenth of a second</text>`, left)
	for i, jitter := range jitters {
		bottom := 40 + (i+1)*strip - 12
		p(`<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, bottom-4, jitter)
		for tenth, calls := range herds[jitter].perSlot {
			if tenth >= tenths || calls == 0 {
				continue
			}
			high := (calls + 1) / 2
			p(`<rect class="call" x="%d" y="%d" width="%d" height="%d"><title>%d calls</title></rect>`,
				left+tenth*width, bottom-high, width-1, high, calls)
		}
		p(`<line class="limit" x1="%d" y1="%d" x2="%d" y2="%d"/>`, left, bottom-5, all-16, bottom-5)
		p(`<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`, left, bottom, all-16, bottom)
	}
	for second := 0; second <= 9; second++ {
		p(`<text x="%d" y="%d" text-anchor="middle">%d s</text>`, left+second*10*width, tall-14, second)
	}
	p(`</svg>`)
	return s.String()
}
