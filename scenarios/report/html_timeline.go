package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// This file draws the timeline of a drill as SVG: a lane for each connection, a bar for each send,
// a mark for each fault, and the windows in which a wait was allowed to end. Horizontal places are
// percentages and the text has a fixed size, so that a drawing is readable at any width.

// Sizes in pixels.
const (
	laneHeight = 52
	barTop     = 24
	barHeight  = 10
	axisHeight = 18
	laneLimit  = 16
)

// A bar is one record in the drawing.
type bar struct {
	htmlAttempt
	record faultproxy.Record
	first  bool          // the first record of its attempt
	before time.Duration // the end of the attempt before
}

// A lane is one connection.
type lane struct {
	conn int // 0: no connection was made
	bars []bar
}

func drawTimeline(groups []htmlGroup, elapsed time.Duration) template.HTML {
	lanes, end := lanesOf(groups)
	if len(lanes) == 0 {
		return ""
	}
	end = max(end, elapsed, time.Millisecond)
	hidden := len(lanes) - laneLimit
	if hidden > 0 {
		lanes = lanes[:laneLimit]
	}
	d := &drawing{end: end}
	height := len(lanes)*laneHeight + axisHeight
	d.printf(`<svg height="%d" role="img" aria-label="%s on %s in %s; the list below has the times">`, height,
		count(attemptsIn(groups), "attempt"), count(len(lanes), "connection"), clock(end))
	d.axis(len(lanes) * laneHeight)
	for i, l := range lanes {
		d.lane(l, i*laneHeight)
	}
	d.printf("</svg>\n")
	d.printf(`<p class="key"><span><i class="k-good"></i> success</span><span><i class="k-bad"></i> no success</span>` +
		`<span><i class="k-fault">◆</i> fault</span>`)
	if d.windows {
		d.printf(`<span><i class="k-window"></i> allowed start of the next attempt</span>`)
	}
	if hidden > 0 {
		d.printf(`<span>and %s</span>`, count(hidden, "more connection"))
	}
	d.printf("</p>\n")
	return template.HTML(d.String()) //nolint:gosec // it holds numbers and fixed words
}

func attemptsIn(groups []htmlGroup) int {
	n := 0
	for _, g := range groups {
		n += len(g.Attempts)
	}
	return n
}

// lanesOf returns the connections in order of their first record, and the end of the last record.
func lanesOf(groups []htmlGroup) (lanes []lane, end time.Duration) {
	of := make(map[int]int)
	for _, g := range groups {
		before := time.Duration(0)
		for _, a := range g.Attempts {
			for i, r := range a.attempt.Records {
				place, known := of[r.Conn]
				if !known {
					place = len(lanes)
					of[r.Conn] = place
					lanes = append(lanes, lane{conn: r.Conn})
				}
				lanes[place].bars = append(lanes[place].bars, bar{a, r, i == 0, before})
				end = max(end, r.At, r.End)
			}
			before = a.attempt.End()
		}
	}
	for _, l := range lanes {
		slices.SortStableFunc(l.bars, func(a, b bar) int { return cmp.Compare(a.record.At, b.record.At) })
	}
	slices.SortStableFunc(lanes, func(a, b lane) int { return cmp.Compare(a.bars[0].record.At, b.bars[0].record.At) })
	return lanes, end
}

// A drawing is an SVG in the making.
type drawing struct {
	strings.Builder
	end     time.Duration
	windows bool
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// x returns the place of a time in percent.
func (d *drawing) x(t time.Duration) float64 {
	return 100 * float64(min(max(t, 0), d.end)) / float64(d.end)
}

// axis draws lines at round times, with the times below.
func (d *drawing) axis(bottom int) {
	step := roundStep(d.end)
	for t := time.Duration(0); t <= d.end; t += step {
		x := d.x(t)
		d.printf(`<line class="grid" x1="%.2f%%" x2="%.2f%%" y1="0" y2="%d"/>`, x, x, bottom)
		d.printf(`<text x="%.2f%%" y="%d"%s>%s</text>`, x, bottom+13, anchorAt(x), evidence.Time(t))
	}
}

// anchorAt returns the attribute that keeps a text at x percent inside the drawing.
func anchorAt(x float64) string {
	switch {
	case x > 85:
		return ` text-anchor="end"`
	case x > 5:
		return ` text-anchor="middle"`
	}
	return ""
}

// roundStep returns a round time of which at most four lie between 0 and end.
func roundStep(end time.Duration) time.Duration {
	for unit := time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if step := n * unit; end/step <= 4 {
				return step
			}
		}
	}
}

// lane draws a connection whose top is at y.
func (d *drawing) lane(l lane, y int) {
	label := fmt.Sprintf("connection %d", l.conn)
	if l.conn == 0 {
		label = "no connection"
	}
	d.printf(`<text x="0" y="%d">%s</text>`, y+12, label)
	middle := y + barTop + barHeight/2
	d.printf(`<line class="lane" x1="0" x2="100%%" y1="%d" y2="%d"/>`, middle, middle)
	for _, b := range l.bars {
		d.window(b, y)
	}
	for i, b := range l.bars {
		from, to := d.x(b.record.At), d.x(max(b.record.At, b.record.End))
		if !b.record.Done {
			to = 100
		}
		class := "struck"
		if b.Good {
			class = "good"
		}
		d.printf(`<rect class="%s" x="%.2f%%" y="%d" width="%.2f%%" height="%d"/>`, class,
			from, y+barTop, to-from, barHeight)
		if b.record.Fault != "" {
			d.printf(`<svg x="%.2f%%" y="%d" overflow="visible"><path class="hit" d="M0-5 5 0 0 5-5 0z"/></svg>`,
				to, y+barTop-6)
		}
		d.label(l, i, from, y+barTop+barHeight+14)
	}
}

// label writes the number of an attempt below its bar, with its time if there is room.
func (d *drawing) label(l lane, i int, from float64, y int) {
	b := l.bars[i]
	if !b.first {
		return
	}
	room, behind := 100.0, from
	if i+1 < len(l.bars) {
		room = d.x(l.bars[i+1].record.At) - from
	}
	if i > 0 {
		behind = from - d.x(l.bars[i-1].record.At)
	}
	text, anchor := fmt.Sprintf("%d · %s", b.N, b.At), ""
	switch {
	case from > 75 && behind > 45:
		anchor = ` text-anchor="end"`
	case room < 25 || from > 75:
		text = fmt.Sprint(b.N)
		if from > 97 {
			anchor = ` text-anchor="end"`
		}
	}
	if room < 5 {
		return // the numbers would overlap
	}
	d.printf(`<text class="no" x="%.2f%%" y="%d"%s>%s</text>`, from, y, anchor, text)
}

// window shades the times at which the attempt of the bar was allowed to start.
func (d *drawing) window(b bar, y int) {
	w := b.attempt.Allowed
	if w == nil || !b.first {
		return
	}
	from, to := d.x(b.before+w.Min), 100.0
	if w.Max != nil {
		to = d.x(b.before + *w.Max)
	}
	d.windows = true
	d.printf(`<rect class="window" x="%.2f%%" y="%d" width="%.2f%%" height="%d"/>`,
		from, y+barTop-3, to-from, barHeight+6)
}
