package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// buffer is a terminal to read back.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// screen returns the rows of a terminal after an output: the cursor moves up, and what is below it
// is cleared.
func screen(t *testing.T, output string) []string {
	t.Helper()
	rows, at := []string{""}, 0
	move := regexp.MustCompile(`^\x1b\[(\d+)A\r?\x1b\[J`)
	colour := regexp.MustCompile(`^\x1b\[\d*m`)
	for output != "" {
		if m := move.FindStringSubmatch(output); m != nil {
			var up int
			_, err := fmt.Sscan(m[1], &up)
			require.NoError(t, err)
			require.LessOrEqual(t, up, at, "the cursor leaves what the program has written")
			at -= up
			rows = append(rows[:at], "")
			output = output[len(m[0]):]
			continue
		}
		if m := colour.FindString(output); m != "" {
			output = output[len(m):]
			continue
		}
		require.NotEqual(t, byte('\x1b'), output[0], "%q", output[:min(20, len(output))])
		if output[0] == '\n' {
			at++
			rows = append(rows, "")
		} else if output[0] != '\r' {
			rows[at] += output[:1]
		}
		output = output[1:]
	}
	return rows
}

func ended(id string, verdict scenarios.Verdict, took time.Duration) *scenarios.Result {
	return &scenarios.Result{ID: id, Client: "builtin", Verdict: verdict, Wall: took}
}

func TestProgressFitsTheTerminalWithoutCuttingWords(t *testing.T) {
	long := "a-folder-of-drills/" + strings.Repeat("every-error-", 4) + "of-every-operation"
	for width, slow := range map[int]string{
		60: "slowest 3.2s", 80: "slowest 3.2s",
		99: "slowest 3.2s: " + long, 200: "slowest 3.2s: " + long + " (builtin)",
	} {
		synctest.Test(t, func(t *testing.T) {
			out := &buffer{}
			p := &progress{total: 100_000, began: time.Now()}
			c := &console{w: out, size: func() (int, int, error) { return width, 24, nil }}
			p.stop = p.bar(c)
			defer p.close()
			_, err := c.above(out, []byte("the first result\n"))
			require.NoError(t, err)
			time.Sleep(10 * time.Second)
			p.add(ended("quick", scenarios.Pass, time.Millisecond))
			p.add(ended(long, scenarios.Fail, 3200*time.Millisecond))
			time.Sleep(time.Second)
			synctest.Wait()
			rows := screen(t, out.String())
			require.Equal(t, "the first result", rows[0])
			require.Regexp(t, `^2 of 100000 drills \[[=>-]+\] 1 failed, \d+h\d+m\d+s left$`, rows[1])
			require.Equal(t, slow, rows[2], width)
			for _, row := range rows {
				require.LessOrEqual(t, len(row), width)
			}

			_, err = c.above(out, []byte("the second result\n"))
			require.NoError(t, err)
			require.Equal(t, []string{"the first result", "the second result", ""}, screen(t, out.String()))
			time.Sleep(time.Second)
			synctest.Wait()
			require.Len(t, screen(t, out.String()), 5, "the rows are back, below")
			p.close()
			require.Equal(t, []string{"the first result", "the second result", ""}, screen(t, out.String()))
		})
	}
}

func TestWithoutATerminalProgressIsALineEveryHalfMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &buffer{}
		p := startProgress(3, io.Discard, out)
		p.add(ended("retry/a\x1b[2J\xff", scenarios.Error, 1500*time.Millisecond))
		time.Sleep(lineEvery)
		synctest.Wait()
		require.Equal(t, "chaos: 1 of 3 drills, 1 failed, 1m0s left, slowest 1.5s: retry/a\\x1b[2J\\ufffd (builtin)\n",
			out.String())
		p.add(ended("b", scenarios.Pass, time.Second))
		time.Sleep(lineEvery / 2)
		p.close()
		p.close()
		time.Sleep(time.Hour)
		require.Equal(t, 1, strings.Count(out.String(), "\n"), "nothing after the end")
	})
}

func TestProgressOfAHuntSaysScriptsAndFindings(t *testing.T) {
	for _, c := range []struct {
		total int
		limit time.Duration
		want  string
	}{
		{600, 0, "20 of 600 scripts, 3 findings, 0.7 a second, 14m30s left"},
		{600, time.Minute, "20 of 600 scripts, 3 findings, 0.7 a second, 30s left"},
		{0, 8 * time.Hour, "20 scripts, 3 findings, 0.7 a second, 7h59m30s left"},
		{0, 0, "20 scripts, 3 findings, 0.7 a second"},
	} {
		synctest.Test(t, func(t *testing.T) {
			out := &buffer{}
			p := startHunt(c.total, c.limit, io.Discard, out)
			defer p.close()
			for range 17 {
				p.script(0)
			}
			for range 3 {
				p.script(1)
			}
			time.Sleep(lineEvery)
			synctest.Wait()
			require.Equal(t, "chaos: "+c.want+"\n", out.String())
		})
	}
}

func TestBarOfAHuntWithoutATotalShowsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &buffer{}
		p := &progress{hunts: true, limit: time.Minute, began: time.Now()}
		p.stop = p.bar(&console{w: out, size: func() (int, int, error) { return 80, 24, nil }})
		defer p.close()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		rows := screen(t, out.String())
		want := regexp.MustCompile(`^0 scripts \[(=+>)(-*)\] 0 findings, 0.0 a second, 30s left$`)
		bar := want.FindStringSubmatch(rows[0])
		require.NotNil(t, bar, rows)
		require.InDelta(t, len(bar[1]), len(bar[2]), 2)
	})
}
