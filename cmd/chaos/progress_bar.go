package main

// The rows of progress on a terminal. The library mpb draws them; console puts them below the text
// of the reports.

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bar draws the rows until stop, which removes them.
func (p *progress) bar(c *console) (stop func()) {
	begin := make(chan any)
	timer := time.AfterFunc(300*time.Millisecond, func() { close(begin) }) // a short run shows no bar
	container := mpb.New(mpb.WithConsoleWriter(c), mpb.WithAutoRefresh(), mpb.WithRenderDelay(begin))
	one := container.New(int64(p.total), mpb.BarStyle(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.counts() })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.left() })),
		mpb.BarBtmExtender(mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
			_, err := fmt.Fprintln(w, p.slow(s.AvailableWidth))
			return err
		})),
		mpb.BarFillerMiddleware(func(filler mpb.BarFiller) mpb.BarFiller {
			return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
				s.Current, s.Total = p.share()
				return filler.Fill(w, s)
			})
		}),
	)
	return sync.OnceFunc(func() {
		timer.Stop()
		one.Abort(true)
		container.Shutdown()
		c.close()
	})
}

// A console is a terminal whose last rows are the progress. Its methods but above and close are
// those that mpb calls.
type console struct {
	w    io.Writer
	size func() (width, height int, err error)

	next bytes.Buffer // the rows that mpb is drawing

	mu     sync.Mutex
	rows   int // rows of progress above the cursor
	closed bool
}

func (c *console) Write(p []byte) (int, error)         { return c.next.Write(p) }
func (c *console) ReadFrom(r io.Reader) (int64, error) { return c.next.ReadFrom(r) }
func (c *console) IsTerminal() bool                    { return true }
func (c *console) GetTermSize() (width, height int, err error) {
	width, height, err = c.size()
	return min(width, 200), height, err
}

// Flush replaces the rows on the terminal by those that mpb has drawn.
func (c *console) Flush(int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.next.Reset()
	if c.closed {
		return nil
	}
	rows := bytes.Count(c.next.Bytes(), []byte("\n"))
	_, err := c.w.Write(append(c.erase(), c.next.Bytes()...))
	c.rows = rows
	return err
}

// above writes the text of a report where the rows stood. mpb draws them again below it.
func (c *console) above(w io.Writer, text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.w.Write(c.erase()); err != nil {
		return 0, err
	}
	return w.Write(text)
}

// close removes the rows for good.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	_, _ = c.w.Write(c.erase()) // the run has ended; its report says what is wrong
}

// erase returns what moves the cursor to the first row of progress and clears the rows.
func (c *console) erase() []byte {
	rows := c.rows
	c.rows = 0
	if rows == 0 {
		return nil
	}
	return fmt.Appendf(nil, "\x1b[%dA\r\x1b[J", rows)
}
