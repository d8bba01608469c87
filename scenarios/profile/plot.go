package profile

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math"
)

// Sizes of the plot, in pixels.
const (
	plotWidth  = 760
	plotLeft   = 90
	plotRight  = 20
	rowHeight  = 26
	plotMargin = 24
)

// An axis puts times on a line by their logarithm.
type axis struct{ low, high float64 }

// at returns the place of a time.
func (a axis) at(seconds float64) float64 {
	share := math.Log(max(seconds, a.low)/a.low) / math.Log(a.high/a.low)
	return plotLeft + share*(plotWidth-plotLeft-plotRight)
}

// WriteSVG draws the waits as SVG: a row for each wait, time by its logarithm, the window as a bar,
// and a dot for each sample. It draws an empty plot for a client that never waits.
func (p *Profile) WriteSVG(w io.Writer) error {
	var b bytes.Buffer
	a, height := p.axis(), 2*plotMargin
	for _, s := range p.Schedules {
		if s.Reading != nil && s.like == "" {
			height += rowHeight * (len(s.Reading.Windows) + 1)
		}
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">
<title>The waits of %s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
`, plotWidth, height, html.EscapeString(p.Client))
	a.draw(&b, height)
	y := plotMargin
	for _, s := range p.Schedules {
		if s.Reading == nil || s.like != "" {
			continue
		}
		y += rowHeight
		fmt.Fprintf(&b, `<text x="8" y="%d" font-weight="bold">after %s</text>`+"\n", y-8, html.EscapeString(s.Class))
		for i := range s.Reading.Windows {
			s.drawWait(&b, a, i, y)
			y += rowHeight
		}
	}
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// axis returns one that holds all waits. Waits below a millisecond are drawn at its beginning.
func (p *Profile) axis() axis {
	a := axis{1, 1}
	for _, s := range p.Schedules {
		for _, call := range s.Calls {
			for _, w := range call {
				a.low, a.high = min(a.low, max(w.Seconds(), 1e-3)), max(a.high, w.Seconds())
			}
		}
	}
	a.low = math.Pow(10, math.Floor(math.Log10(a.low)))
	a.high = math.Pow(10, math.Ceil(math.Log10(a.high*1.001)))
	return a
}

// draw draws a line for each power of ten.
func (a axis) draw(b *bytes.Buffer, height int) {
	for t := a.low; t <= a.high*1.001; t *= 10 {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#ccc"/>`,
			a.at(t), a.at(t), plotMargin, height-plotMargin)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", a.at(t), height-6, seconds(t))
	}
}

// drawWait draws the window and the samples of one wait.
func (s *Schedule) drawWait(b *bytes.Buffer, a axis, i, y int) {
	w := s.Reading.Windows[i]
	from, to := a.at(w.Min.Seconds()), a.at(w.Max.Seconds())
	fmt.Fprintf(b, `<text x="8" y="%d">wait %d</text><rect x="%.1f" y="%d" width="%.1f" height="14" fill="#cfe2f3"><title>%s</title></rect>`+"\n",
		y+12, i+1, from-1, y+2, to-from+2, brief(w.Min)+" to "+brief(w.Max))
	for n, wait := range column(s.Calls, i) {
		if n == samplesDrawn {
			break
		}
		// The height of a dot only keeps it apart from its neighbours.
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%d" r="1.5" fill="#1f4e79"/>`, a.at(wait.Seconds()), y+4+n*7%11)
	}
	b.WriteString("\n")
}

// samplesDrawn is how many samples a row shows at most: more would be a bar.
const samplesDrawn = 200
